/* A form being filled: which questions are to be asked, what is wrong with the answers, and the XML that is sent. */
import { boolean, evaluate, NotSupported, number, string } from "./expressions.js";

const BINARY = new Set(["image", "audio", "video", "file"]);
const FILLED_BY_ITSELF = new Set(["calculate", "note"]);

export class Filled {
  /** `answers`: {path: text}; kept by the caller, changed here. */
  constructor(form, answers, now = () => new Date()) {
    Object.assign(this, { form, answers, now });
    this.questions = form.questions.filter((question) => !question.path.startsWith("/meta/"));
  }

  context(question) {
    return { answer: (path) => this.answers[path] ?? "", own: this.answers[question.path] ?? "", now: this.now() };
  }

  test(tree, question, otherwise) {
    if (!tree) return otherwise;
    try {
      return boolean(evaluate(tree, this.context(question)));
    } catch (problem) {
      if (problem instanceof NotSupported) return otherwise;
      throw problem;
    }
  }

  relevant(question) {
    const groups = this.form.groups.filter((group) => question.path.startsWith(`${group.path}/`));
    return [question, ...groups].every((part) => this.test(part.relevant, question, true));
  }

  required(question) {
    return this.test(question.required, question, false);
  }

  /** First values, for a new form. */
  begin() {
    for (const question of this.questions) {
      if (!question.default || question.path in this.answers) continue;
      this.answers[question.path] = string(evaluate(question.default, this.context(question)));
    }
    this.calculate();
  }

  /** Works out what the form works out by itself, twice, so that one result may lead to another. */
  calculate() {
    for (const _round of [1, 2])
      for (const question of this.questions)
        if (question.calculate)
          this.answers[question.path] = string(evaluate(question.calculate, this.context(question)));
  }

  set(path, value) {
    if (value === "") delete this.answers[path];
    else this.answers[path] = value;
    this.calculate();
  }

  /** Questions to be asked one by one: what the phone fills in by itself is shown at the end only. */
  asked() {
    return this.questions.filter(
      (question) => !question.unasked && question.type !== "calculate" && this.relevant(question),
    );
  }

  steps() {
    return this.asked().filter((question) => !this.isClock(question));
  }

  isClock(question) {
    return question.default?.[0] === "call" && ["now", "today"].includes(question.default[1]);
  }

  choices(question, lists) {
    return this.form.choices[question.choices] ?? lists?.[question.choices] ?? [];
  }

  /** null, or why an answer cannot stay: {code: required|type|constraint, message: {lang: text}|undefined}. */
  problem(question) {
    const value = this.answers[question.path] ?? "";
    if (!this.relevant(question) || FILLED_BY_ITSELF.has(question.type)) return null;
    if (!value) return this.required(question) ? { code: "required" } : null;
    if (question.type === "integer" && !/^-?\d{1,18}$/.test(value)) return { code: "type" };
    if (question.type === "decimal" && Number.isNaN(number(value))) return { code: "type" };
    if (!this.test(question.constraint, question, true))
      return { code: "constraint", message: question.constraint_message };
    return null;
  }

  problems() {
    return this.asked()
      .map((question) => ({ question, problem: this.problem(question) }))
      .filter(({ problem }) => problem);
  }

  /** Questions answered with a file. */
  photos() {
    return this.questions.filter(
      (question) => BINARY.has(question.type) && this.relevant(question) && this.answers[question.path],
    );
  }

  /** Names of the files that belong to it. */
  files() {
    return this.photos().map((question) => this.answers[question.path]);
  }

  /** The XML of the record; answers to questions that are no longer to be asked are left out. */
  xml(instanceId, replaces) {
    const document_ = document.implementation.createDocument(null, "data");
    const root = document_.documentElement;
    root.setAttribute("id", this.form.form_id);
    root.setAttribute("version", this.form.version);
    for (const question of this.questions) {
      if (question.type === "note") continue;
      const steps = question.path.split("/").filter(Boolean);
      let node = root;
      for (const step of steps) {
        const there = [...node.children].find((child) => child.localName === step);
        node = there ?? node.appendChild(document_.createElement(step));
      }
      if (this.relevant(question)) node.textContent = this.answers[question.path] ?? "";
    }
    const meta = root.appendChild(document_.createElement("meta"));
    meta.appendChild(document_.createElement("instanceID")).textContent = instanceId;
    if (replaces) meta.appendChild(document_.createElement("deprecatedID")).textContent = replaces;
    return `<?xml version="1.0" encoding="UTF-8"?>${new XMLSerializer().serializeToString(document_)}`;
  }
}
