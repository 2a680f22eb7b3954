/* Words and numbers in the reader's language, from the block the page brings with it. */
const block = document.getElementById("words");
export const words = block ? JSON.parse(block.textContent) : { language: "en", text: {} };
export const language = words.language;
const locale = { ar: "ar-u-nu-arab", fr: "fr", en: "en-GB" }[language] ?? "en-GB";
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const number = (value) => (value === null || value === undefined ? "–" : whole.format(Math.round(value)));
const classNumber = (share) => (words.cuts ?? []).filter((cut) => share + 1e-9 >= cut).length;
/** A share as the whole number shown: rounded, but never into another class (`shown_hundredths` in core/vocabulary). */
export function hundredths(share) {
  if (share === null || share === undefined) return null;
  const nearest = Math.floor(share * 100 + 0.5 + 1e-9);
  return classNumber(nearest / 100) === classNumber(share) ? nearest : Math.floor(share * 100 + 1e-9);
}
export const share = (value) => (hundredths(value) === null ? "?" : whole.format(hundredths(value)));
const percentMark = { ar: "٪", fr: "\u202f%" }[language] ?? "%";
export const percent = (value) => (hundredths(value) === null ? "?" : share(value) + percentMark);
export const clock = (moment) => clockFormat.format(moment);
export const service = (code) => words.services?.[code] ?? code;
export const letter = (code) => words.letters?.[code] ?? code.slice(0, 1).toUpperCase();
export const className = (code) => words.classes?.[code] ?? code;
export const status = (code) => words.statuses?.[code] ?? code;
export const grade = (code) => words.grades?.[code] ?? code;
export const localName = (place) => place.names?.[language] || place.name;

/** The sentence under a key, its `{marks}` filled in. */
export function say(key, values = {}) {
  const text = words.text[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (mark, name) => (name in values ? String(values[name]) : mark));
}

/** What limits a place: the sentence that comes with the figure. */
export const reason = (why) => why?.text || say("nobody");
