/* A photo as it is kept: turned upright, at most `most` pixels long, a JPEG of at most 250 KB without camera data. */
const MOST_BYTES = 250_000;
const QUALITIES = [0.82, 0.7, 0.58, 0.45];

export async function shrink(file, most = 1600) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  let scale = Math.min(1, most / Math.max(image.width, image.height));
  for (;;) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob && blob.size <= MOST_BYTES) {
        image.close();
        return blob.arrayBuffer();
      }
    }
    scale *= 0.75;
  }
}

/** Whether about this many bytes more fit on the phone; true where it does not say. */
export async function fits(bytes) {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return !estimate?.quota || estimate.quota - estimate.usage > bytes;
}
