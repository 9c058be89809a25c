// A chat. Conversations are kept in this browser's storage and nowhere else.

import { Drawing, findSvg } from "/g4/page/drawing.js";
import { byId, duration, make, number, setText } from "/g4/page/dashboard.js";
import { chat } from "/g4/page/stream.js";

const STORE = "g4-conversations";
const SETTINGS = "g4-settings";
const MOST_CONVERSATIONS = 50;
const NUMBERS = ["temperature", "top_p", "top_k", "seed", "max_tokens"];

//===-- What is kept --------------------------------------------------------===

function stored(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function store(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // No room, or no storage: the conversation lives as long as the page.
  }
}

const titleOf = (conversation) =>
  conversation.messages.find((message) => message.role === "user")?.content.slice(0, 40) || "New conversation";

/** Messages as the API takes them: without what only this page needs. */
function apiMessages(conversation, system) {
  const messages = conversation.messages
    .filter((message) => message.role === "user" || message.content || message.tool_calls)
    .map(({ role, content, tool_calls }) => ({ role, content, ...(tool_calls && { tool_calls }) }));
  return system ? [{ role: "system", content: system }, ...messages] : messages;
}

//===-- Messages on the page ------------------------------------------------===

/** Text with its fenced code as blocks. */
function textElements(text) {
  const parts = text.split(/```[^\n]*\n?/);
  return parts
    .map((part, i) => (i % 2 ? make("pre", "", part) : make("div", "text", part.trim() && part)))
    .filter((element) => element.textContent);
}

class MessageView {
  constructor(message) {
    this.message = message;
    this.element = make("article", `message ${message.role}`);
    this.element.setAttribute("aria-label", message.role === "user" ? "You" : "Answer");
    this.thought = make("details", "thought");
    this.thoughtHead = make("summary", "", "Thought");
    this.thoughtText = make("div", "text");
    this.thought.append(this.thoughtHead, this.thoughtText);
    this.body = make("div");
    this.drawingBox = make("div", "drawing-box");
    this.source = make("details");
    this.sourceText = make("pre");
    this.source.append(make("summary", "", "Source of the drawing"), this.sourceText);
    this.after = make("div");
    this.calls = make("div");
    this.problem = make("p", "problem");
    this.element.append(this.thought, this.body, this.drawingBox, this.source, this.after, this.calls, this.problem);
    this.show();
  }

  show() {
    const { role, content, thought, tool_calls: calls, problem } = this.message;
    this.thought.hidden = !thought;
    setText(this.thoughtText, thought ?? "");
    const found = role === "assistant" ? findSvg(content) : null;
    this.body.replaceChildren(...textElements(found ? found.before.replace(/```\w*\s*$/, "") : content));
    this.after.replaceChildren(...textElements(found ? found.after.replace(/^\s*```/, "") : ""));
    this.drawingBox.hidden = this.source.hidden = !found;
    if (found) this.#draw(found.svg);
    this.calls.replaceChildren(...(calls ?? []).map((call) => this.#callElement(call)));
    this.problem.hidden = !problem;
    setText(this.problem, problem ?? "");
  }

  #draw(svg) {
    setText(this.sourceText, svg);
    if (!this.drawing) {
      this.drawing = new Drawing("Drawing of the answer");
      this.drawingBox.append(this.drawing.frame);
    }
    if (this.drawn !== svg) this.drawing.draw((this.drawn = svg));
  }

  #callElement(call) {
    const element = make("div", "call");
    element.append(make("strong", "", `Calls ${call.function.name}`), make("pre", "", call.function.arguments));
    return element;
  }
}

//===-- The playground ------------------------------------------------------===

/** `modelOf()` is the name of the served model. */
export class Playground {
  #conversations = stored(STORE, []);
  #current = null;
  #stopper = null;

  constructor(modelOf) {
    this.modelOf = modelOf;
    if (!this.#conversations.length) this.#conversations.push({ messages: [] });
    this.#readSettings();
    this.#select(0);
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    byId("prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    byId("stop").addEventListener("click", () => this.#stopper?.abort());
    byId("retry").addEventListener("click", () => this.retry());
    byId("chat-new").addEventListener("click", () => this.#add());
    byId("chat-delete").addEventListener("click", () => this.#remove());
    byId("conversations").addEventListener("change", (event) => this.#select(event.target.selectedIndex));
    byId("chat").addEventListener("change", () => this.#keepSettings());
  }

  #readSettings() {
    const settings = stored(SETTINGS, {});
    for (const name of ["system", "tools", ...NUMBERS]) byId(name).value = settings[name] ?? "";
    byId("thinking").checked = settings.thinking ?? false;
  }

  #keepSettings() {
    const settings = { thinking: byId("thinking").checked };
    for (const name of ["system", "tools", ...NUMBERS]) settings[name] = byId(name).value;
    store(SETTINGS, settings);
  }

  #keep() {
    this.#conversations.length = Math.min(this.#conversations.length, MOST_CONVERSATIONS);
    store(STORE, this.#conversations);
    const options = this.#conversations.map((conversation) => new Option(titleOf(conversation)));
    byId("conversations").replaceChildren(...options);
    byId("conversations").selectedIndex = this.#conversations.indexOf(this.#current);
    byId("retry").disabled = !this.#current.messages.some((message) => message.role === "user");
  }

  #select(index) {
    this.#stopper?.abort();
    this.#current = this.#conversations[index];
    byId("messages").replaceChildren();
    for (const message of this.#current.messages) byId("messages").append(new MessageView(message).element);
    this.#keep();
  }

  #add() {
    this.#conversations.unshift({ messages: [] });
    this.#select(0);
    byId("prompt").focus();
  }

  #remove() {
    this.#stopper?.abort();
    this.#conversations = this.#conversations.filter((conversation) => conversation !== this.#current);
    if (!this.#conversations.length) this.#conversations.push({ messages: [] });
    this.#select(0);
  }

  #append(message) {
    this.#current.messages.push(message);
    const view = new MessageView(message);
    byId("messages").append(view.element);
    view.element.scrollIntoView({ block: "end" });
    return view;
  }

  send() {
    const content = byId("prompt").value.trim();
    if (!content || this.#stopper) return;
    byId("prompt").value = "";
    this.#append({ role: "user", content });
    this.#answer();
  }

  /** Asks the last question again. */
  retry() {
    if (this.#stopper) return;
    const messages = this.#current.messages;
    while (messages.length && messages.at(-1).role !== "user") messages.pop();
    this.#select(this.#conversations.indexOf(this.#current));
    this.#answer();
  }

  /** The body of a request. Throws if the tools are no JSON. */
  #body() {
    const body = { model: this.modelOf() || undefined, messages: apiMessages(this.#current, byId("system").value.trim()) };
    for (const name of NUMBERS) if (byId(name).value !== "") body[name] = Number(byId(name).value);
    if (byId("thinking").checked) body.chat_template_kwargs = { enable_thinking: true };
    if (byId("tools").value.trim()) body.tools = JSON.parse(byId("tools").value);
    return body;
  }

  async #answer() {
    const stopper = (this.#stopper = new AbortController());
    this.#setRunning(true);
    let body;
    try {
      body = this.#body();
    } catch (error) {
      this.#append({ role: "assistant", content: "", problem: `Tools: ${error.message}` });
    }
    if (body) await this.#stream(body, stopper.signal);
    this.#stopper = null;
    this.#setRunning(false);
    this.#keep();
  }

  async #stream(body, signal) {
    const message = { role: "assistant", content: "" };
    const view = this.#append(message);
    const start = performance.now();
    try {
      for await (const chunk of chat(body, signal)) {
        this.#take(chunk, message);
        this.#sayDue(view);
        if (chunk.usage) this.#saySpeed(chunk.usage.completion_tokens, (performance.now() - start) / 1000);
      }
    } catch (error) {
      message.problem = signal.aborted ? "Stopped." : error.message;
    }
    view.show();
  }

  #take(chunk, message) {
    const delta = chunk.choices[0]?.delta ?? {};
    message.content += delta.content ?? "";
    if (delta.reasoning_content) message.thought = (message.thought ?? "") + delta.reasoning_content;
    for (const { index, id, type, function: call } of delta.tool_calls ?? []) {
      const calls = (message.tool_calls ??= []);
      // The first delta of a call names it; later ones go on with its arguments.
      if (calls[index]) calls[index].function.arguments += call.arguments;
      else calls[index] = { id, type, function: call };
    }
    for (const { text } of delta.invalid_tool_calls ?? []) message.problem = `A call that cannot be read: ${text}`;
  }

  // Once a frame, however fast tokens come.
  #sayDue(view) {
    if (view.isDue) return;
    view.isDue = true;
    requestAnimationFrame(() => {
      view.isDue = false;
      const box = byId("messages");
      const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      view.show();
      if (isAtEnd) box.scrollTop = box.scrollHeight;
    });
  }

  #saySpeed(tokens, seconds) {
    setText(byId("chat-speed"), `${tokens} tokens in ${duration(seconds)}, ${number(tokens / seconds)} tok/s`);
  }

  #setRunning(isRunning) {
    byId("send").hidden = isRunning;
    byId("stop").hidden = !isRunning;
    (isRunning ? byId("stop") : byId("prompt")).focus({ preventScroll: true });
  }
}
