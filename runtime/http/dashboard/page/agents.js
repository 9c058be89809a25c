// "Run N agents": that many conversations at once, each drawn as it grows.

import { Drawing, findSvg } from "/g4/page/drawing.js";
import { byId, duration, fill, make, makeBar, number, setText } from "/g4/page/dashboard.js";
import { chats, request } from "/g4/page/stream.js";

const DRAW_MS = 200; // between two looks at what has come

const labels = new Map(); // by request, of the last run

/** "agent 3" for a request that is this page's; else undefined. */
export const labelOf = (requestId) => labels.get(requestId);

/** The prompt of agent `index` of `count`. */
export function promptOf(scenario, index, count, topic) {
  if (!topic) return scenario.prompts[index % scenario.prompts.length];
  const words = { topic, number: index + 1, count };
  return scenario.topic.replace(/\{(topic|number|count)\}/g, (_, word) => words[word]);
}

class Agent {
  constructor(index, prompt) {
    this.name = `agent ${index + 1}`;
    this.prompt = prompt;
    this.text = "";
    this.tokens = 0;
    this.state = "waiting";
    this.element = make("article", "agent");
    this.element.dataset.state = "ghost"; // until it runs
    this.canvas = make("div", "canvas");
    this.bar = makeBar();
    this.facts = make("div", "facts-line", this.name);
    const foot = make("div", "foot");
    const title = make("div", "title", prompt);
    title.title = prompt;
    foot.append(title, this.bar, this.facts);
    this.element.append(this.canvas, foot);
  }

  /** An event of this agent's chat, `seconds` after the start. */
  take({ chunk, error }, seconds) {
    if (error) return this.end("failed", seconds, error.message);
    const delta = chunk.choices[0]?.delta;
    const piece = delta?.content ?? "";
    if (piece || delta?.reasoning_content) {
      this.firstToken ??= seconds;
      this.tokens++;
      this.state = piece ? "writing" : "thinking";
    }
    this.text += piece;
    if (!chunk.usage) return;
    this.tokens = chunk.usage.completion_tokens;
    this.end("done", seconds);
  }

  /** Nothing more will come. */
  end(state, seconds, problem) {
    if (this.seconds !== undefined) return;
    this.seconds = seconds;
    this.state = state;
    this.problem = problem;
  }

  // A drawing where the text has one, else its last lines.
  show(mostTokens) {
    this.element.dataset.state = this.state;
    fill(this.bar, this.tokens / Math.max(mostTokens, 1));
    const speed = this.seconds ? ` · ${number(this.tokens / this.seconds)} tok/s` : "";
    setText(this.facts, this.problem ?? `${this.state} · ${this.tokens}${speed}`);
    if (this.shown === this.text) return;
    this.shown = this.text;
    const found = findSvg(this.text);
    if (found) return this.#draw(found.svg);
    this.lines ??= this.canvas.appendChild(make("pre"));
    setText(this.lines, this.text.slice(-800));
  }

  #draw(svg) {
    if (!this.drawing) {
      this.drawing = new Drawing(`Drawing of ${this.name}: ${this.prompt}`);
      this.canvas.replaceChildren(this.drawing.frame);
    }
    this.drawing.draw(svg);
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : 0;
}

function totalsText(agents, name, seconds) {
  const tokens = agents.reduce((sum, agent) => sum + agent.tokens, 0);
  const done = agents.filter((agent) => agent.state === "done");
  const drawings = agents.filter((agent) => agent.drawing?.frame.dataset.drawn).length;
  const first = median(agents.map((agent) => agent.firstToken).filter((time) => time !== undefined));
  const parts = [
    `${name}: ${done.length} of ${agents.length} agents done`,
    `${tokens} tokens in ${duration(seconds)}`,
    `${number(tokens / seconds)} tok/s in all`,
    `first token after ${duration(first)} (median)`,
  ];
  if (drawings) parts.push(`${drawings} drawings`);
  return parts.join(" · ");
}

/** The panel of agents. `modelOf()` is the name of the served model. */
export class AgentsPanel {
  #scenarios = {};
  #stopper = null;

  constructor(modelOf) {
    this.modelOf = modelOf;
    byId("agents-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    byId("agents-stop").addEventListener("click", () => this.#stopper?.abort());
    for (const id of ["agent-count", "scenario", "topic"]) byId(id).addEventListener("input", () => this.#preview());
    byId("totals-copy").addEventListener("click", () => this.#copy());
  }

  /** Once there is a connection; again does nothing. */
  async load() {
    if (byId("scenario").length) return;
    this.#scenarios = await (await request("/g4/page/scenarios.json")).json();
    const options = Object.entries(this.#scenarios).map(([name, scenario]) => new Option(scenario.label, name));
    byId("scenario").replaceChildren(...options);
    this.#preview();
  }

  /** The agents as the form has them. */
  #agents() {
    const count = Math.max(1, Math.min(32, Number(byId("agent-count").value) || 1));
    const scenario = this.#scenarios[byId("scenario").value];
    const topic = byId("topic").value.trim();
    return Array.from({ length: count }, (_, i) => new Agent(i, promptOf(scenario, i, count, topic)));
  }

  /** Shows what a run would ask. */
  #preview() {
    if (this.#stopper) return;
    const agents = this.#agents();
    byId("agents-grid").replaceChildren(...agents.map((agent) => agent.element));
    byId("agents-totals").hidden = true;
    setText(byId("agents-run"), `Run ${agents.length} agent${agents.length > 1 ? "s" : ""}`);
  }

  async run() {
    const topic = byId("topic").value.trim();
    const scenario = this.#scenarios[byId("scenario").value];
    const agents = this.#agents();
    byId("agents-grid").replaceChildren(...agents.map((agent) => agent.element));
    this.#begin();
    const show = () => {
      const most = Math.max(...agents.map((agent) => agent.tokens));
      agents.forEach((agent) => agent.show(most));
    };
    show();
    const timer = setInterval(show, DRAW_MS);
    const bodies = agents.map((agent) => this.#body(scenario, agent.prompt, topic));
    const seconds = await this.#follow(agents, bodies);
    clearInterval(timer);
    show();
    await Promise.all(agents.map((agent) => agent.drawing?.settled));
    this.#end(totalsText(agents, scenario.label, seconds));
  }

  /** Hands the agents what comes for them, until nothing more does; the seconds that it took. */
  async #follow(agents, bodies) {
    const start = performance.now();
    const since = () => (performance.now() - start) / 1000;
    const signal = this.#stopper.signal;
    const begin = (id) => {
      labels.clear();
      agents.forEach((agent, i) => labels.set(`${id}.${i}`, agent.name));
    };
    try {
      for await (const event of chats(bodies, { signal, begin })) agents[event.chat].take(event, since());
    } catch (error) {
      const [state, problem] = signal.aborted ? ["stopped"] : ["failed", error.message];
      agents.forEach((agent) => agent.end(state, since(), problem));
    }
    return since();
  }

  #body(scenario, prompt, topic) {
    return {
      model: this.modelOf() || undefined,
      messages: [{ role: "user", content: prompt }],
      temperature: scenario.temperature,
      max_tokens: topic ? scenario.topic_max_tokens : scenario.max_tokens,
    };
  }

  #begin() {
    this.#stopper = new AbortController();
    byId("agents-hint").hidden = byId("agents-totals").hidden = byId("agents-run").hidden = true;
    byId("agents-stop").hidden = false;
    byId("agents-stop").focus({ preventScroll: true });
  }

  #end(totals) {
    this.#stopper = null;
    byId("agents-stop").hidden = true;
    byId("agents-run").hidden = byId("agents-totals").hidden = false;
    setText(byId("totals-text"), totals);
    byId("agents-run").focus({ preventScroll: true });
  }

  async #copy() {
    const text = byId("totals-text");
    getSelection().selectAllChildren(text);
    await navigator.clipboard?.writeText(text.textContent).catch(() => {});
    setText(byId("totals-copy"), "Copied");
    setTimeout(() => setText(byId("totals-copy"), "Copy"), 1500);
  }
}
