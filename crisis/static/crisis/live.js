/* The socket that says what happened, and the care around it: every event is applied once and in order. Sockets carry
   no truth: a gap, a reconnect or another epoch is mended from /events?after=. */
const SILENCE_MS = 45_000; // a heartbeat comes every 20 s; two missed ones are a delay
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const OFFLINE_AFTER_TRIES = 2;

export class Live extends EventTarget {
  /** `seq` and `epoch` are those of what is already on the screen. */
  constructor({ code, seq, epoch, asOf }) {
    super();
    Object.assign(this, { code, seq, epoch, asOf: new Date(asOf), state: "connecting", tries: 0 });
    this.waiting = new Map();
    this.mending = null;
    this.lastHeard = 0;
  }

  start() {
    this.connect();
    this.watch = setInterval(() => this.look(), 1000);
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.setState("offline"));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  connect() {
    clearTimeout(this.retry);
    const address = new URL(`/ws/live?municipality=${encodeURIComponent(this.code)}&after=${this.seq}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onmessage = (message) => this.socket === socket && this.hear(JSON.parse(message.data));
    socket.onclose = () => this.socket === socket && this.lost();
  }

  lost() {
    this.socket = null;
    this.tries += 1;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.tries - 1, 6));
    this.retry = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
    this.setState(this.tries > OFFLINE_AFTER_TRIES || !navigator.onLine ? "offline" : "delayed");
  }

  /** The network or the reader came back: no reason to wait for the next try. */
  hurry() {
    if (!this.socket) this.connect();
    else if (Date.now() - this.lastHeard > SILENCE_MS) this.socket.close();
  }

  look() {
    if (this.state === "live" && Date.now() - this.lastHeard > SILENCE_MS) this.setState("delayed");
    if (this.socket && this.lastHeard && Date.now() - this.lastHeard > 2 * SILENCE_MS) this.socket.close();
    if (this.state !== "live") this.dispatchEvent(new Event("state"));
  }

  hear(frame) {
    this.lastHeard = Date.now();
    this.tries = 0;
    if (frame.municipality !== undefined && frame.municipality !== this.code) return;
    if (frame.type === "reset" || (frame.epoch && frame.epoch !== this.epoch)) return this.startOver();
    this.contact(frame.at);
    if (frame.type === "event") this.receive(frame);
    else if (frame.seq > this.seq) this.mend();
  }

  contact(at) {
    this.asOf = at ? new Date(at) : new Date();
    this.setState("live");
  }

  /** Applies an event if it is the next; keeps it and asks for what is missing if it is not. */
  receive(event) {
    if (event.seq <= this.seq) return;
    this.waiting.set(event.seq, event);
    this.drain();
    if (this.waiting.size) this.mend();
  }

  drain() {
    for (let event = this.waiting.get(this.seq + 1); event; event = this.waiting.get(this.seq + 1)) {
      this.waiting.delete(event.seq);
      this.seq = event.seq;
      if (event.kind) this.dispatchEvent(new CustomEvent("happened", { detail: event }));
    }
    for (const seq of this.waiting.keys()) if (seq <= this.seq) this.waiting.delete(seq);
  }

  /** Fetches what was missed. One at a time; whatever arrives meanwhile waits in `waiting`. */
  mend() {
    this.mending ??= this.fetchMissed()
      .catch(() => this.socket?.close())
      .finally(() => {
        this.mending = null;
        this.drain();
      });
    return this.mending;
  }

  async fetchMissed() {
    for (;;) {
      const answer = await fetch(`/api/v1/municipalities/${this.code}/events?after=${this.seq}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const missed = await answer.json();
      if (missed.reset || missed.epoch !== this.epoch) return this.startOver();
      const before = this.seq;
      for (const event of missed.events) if (event.seq > this.seq) this.waiting.set(event.seq, event);
      this.drain();
      if (this.seq >= missed.seq || this.seq === before) return undefined;
    }
  }

  /** The log is not the one we knew: everything shown has to be fetched again. */
  startOver() {
    this.waiting.clear();
    this.dispatchEvent(new Event("reset"));
  }

  /** Told by the page once it shows a newly fetched situation. */
  resumeAt(seq, epoch) {
    Object.assign(this, { seq, epoch });
    this.drain();
    this.setState("live");
  }

  setState(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
