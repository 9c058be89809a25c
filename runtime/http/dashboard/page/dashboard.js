// What the server's state looks like. Elements are kept from one state to the next; only what changed is touched.

const PHASES = { prompt: "prompt", thought: "thinking", answer: "answering", call: "calling" };

export const byId = (id) => document.getElementById(id);

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Makes `list` have `count` children: appends what makeOne(index) makes, or removes the last ones. */
function resize(list, count, makeOne) {
  while (list.children.length < count) list.append(makeOne(list.children.length));
  while (list.children.length > count) list.lastChild.remove();
}

/** A bar; fill(bar, share) sets it. */
export function makeBar() {
  const bar = make("div", "bar");
  bar.append(make("span"));
  fill(bar, 0);
  return bar;
}

export function fill(bar, share) {
  bar.firstChild.style.transform = `scaleX(${Math.max(0, Math.min(1, share || 0)).toFixed(3)})`;
}

export function number(value) {
  if (value >= 10_000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

export function duration(seconds) {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1000)} ms`;
  if (seconds < 90) return `${number(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${number(seconds / 3600)} h`;
}

export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
  return `${number(count)} ${units[unit]}`;
}

//===-- Tiles ---------------------------------------------------------------===

function renderRates(tokens) {
  setText(byId("rate"), number(tokens.answer_per_second));
  setText(byId("prompt-rate"), number(tokens.prompt_per_second));
  const values = tokens.answer_history;
  const peak = Math.max(1, ...values);
  setText(byId("rate-peak"), `at most ${number(peak === 1 ? Math.max(0, ...values) : peak)} tok/s`);
  const x = (i) => (300 - (values.length - 1 - i)).toFixed(0);
  const y = (value) => (62 - (58 * value) / peak).toFixed(1);
  const points = values.map((value, i) => `${x(i)} ${y(value)}`).join("L");
  byId("chart-line").setAttribute("d", values.length ? `M${points}` : "");
  byId("chart-area").setAttribute("d", values.length ? `M${x(0)} 64L${points}L300 64Z` : "");
}

function renderLatency(id, latency) {
  const isKnown = latency.count > 0;
  setText(byId(id), isKnown ? duration(latency.p50_seconds) : "–");
  setText(byId(`${id}-more`), isKnown ? `p50 · p99 ${duration(latency.p99_seconds)}` : "nothing in the last minute");
}

/** What steps read of memory while they run: a share of what it can give, where that is known. */
function renderReads({ bytes_per_step_second: rate, memory_bandwidth_bytes: most, share }) {
  const isKnown = share !== null;
  const speed = `${number(rate / 1e9)} GB/s`;
  setText(byId("reads"), rate === 0 ? "–" : isKnown ? `${Math.round(100 * share)} %` : speed);
  const roof = isKnown ? ` of ${number(most / 1e9)} GB/s` : "";
  setText(byId("reads-more"), rate === 0 ? "no step now" : isKnown ? speed + roof : "read by steps");
}

function renderTiles(state) {
  renderRates(state.tokens);
  setText(byId("slots-used"), `${state.requests.running} / ${state.num_slots}`);
  const waiting = state.requests.waiting;
  setText(byId("queue"), waiting === 0 ? "nobody waits" : `${number(waiting)} ${waiting === 1 ? "waits" : "wait"}`);
  renderLatency("ttft", state.time_to_first_token);
  renderLatency("itl", state.inter_token_latency);
  renderReads(state.reads);
}

//===-- Slots ---------------------------------------------------------------===

function makeSlot(index) {
  const item = make("li", "slot");
  const head = make("div", "head");
  head.append(make("span", "name", `Slot ${index}`), make("span", "phase"));
  item.append(head, makeBar(), make("div", "facts-line"), make("div", "tail"));
  return item;
}

function renderSlot(item, slot, label) {
  const [head, bar, facts, tail] = item.children;
  item.dataset.phase = slot ? slot.phase : "idle";
  setText(head.children[1], slot ? PHASES[slot.phase] : "free");
  fill(bar, slot ? slot.context_tokens / slot.max_tokens : 0);
  setText(tail, slot?.text ?? "");
  tail.hidden = !slot?.text;
  if (!slot) return setText(facts, "");
  const parts = [`${slot.context_tokens} of ${slot.max_tokens}`];
  if (slot.tokens_per_second > 0) parts.push(`${number(slot.tokens_per_second)} tok/s`);
  parts.push(duration(slot.age_seconds));
  if (label) parts.unshift(label);
  setText(facts, parts.join(" · "));
}

const MOST_SLOTS = 64; // that the page draws

function renderSlots(state, labelOf) {
  const list = byId("slots");
  const count = Math.min(state.num_slots, MOST_SLOTS);
  resize(list, count, makeSlot);
  const used = new Map(state.slots.map((slot) => [slot.slot, slot]));
  for (let i = 0; i < count; i++) {
    const slot = used.get(i);
    renderSlot(list.children[i], slot, slot && labelOf(slot.request));
  }
  const more = byId("slots-more");
  more.hidden = state.num_slots <= MOST_SLOTS;
  setText(more, `${state.num_slots - MOST_SLOTS} more are not drawn`);
}

//===-- Pages, memory, engine -----------------------------------------------===

function renderPool(element, pool) {
  const cells = element.lastChild;
  const share = pool.pages ? Math.round((100 * pool.used) / pool.pages) : 0;
  const shared = pool.shared ? `, ${number(pool.shared)} shared` : "";
  setText(
    element.firstChild,
    `${pool.name}: ${number(pool.used)} of ${number(pool.pages)} pages (${share} %)${shared}, ${pool.page_tokens} tokens each`,
  );
  const count = pool.used_by_cell.length;
  resize(cells, count, () => make("span", "cell"));
  for (let i = 0; i < count; i++) {
    const size = Math.min(pool.pages_per_cell, pool.pages - i * pool.pages_per_cell);
    cells.children[i].dataset.use = Math.ceil((4 * pool.used_by_cell[i]) / size);
    cells.children[i].toggleAttribute("data-shared", pool.shared_by_cell[i] > 0);
  }
}

function makePool() {
  const pool = make("div", "pool");
  const cells = make("div", "cells");
  cells.setAttribute("aria-hidden", "true");
  pool.append(make("p", "small"), cells);
  return pool;
}

function renderPools(pools) {
  const list = byId("pools");
  resize(list, pools.length, makePool);
  pools.forEach((pool, i) => renderPool(list.children[i], pool));
}

/** A list of names and values. */
function renderFacts(list, facts) {
  resize(list, 2 * facts.length, (i) => make(i % 2 ? "dd" : "dt"));
  facts.forEach(([name, value], i) => {
    setText(list.children[2 * i], name);
    setText(list.children[2 * i + 1], value);
  });
}

function renderMemory(memory, pools) {
  const pages = pools.reduce((sum, pool) => sum + pool.pages, 0);
  const used = pools.reduce((sum, pool) => sum + pool.used, 0);
  const facts = [
    ["Weights", bytes(memory.weight_bytes)],
    ["KV cache, planned", bytes(memory.cache_bytes)],
    ["of it used", `${pages ? Math.round((100 * used) / pages) : 0} % of the pages`],
    ["Working memory", bytes(memory.working_bytes)],
    ["Engine, resident", memory.engine_resident_bytes ? bytes(memory.engine_resident_bytes) : "not known"],
    ["Held for clients", `${bytes(memory.http_bytes)} of ${bytes(memory.http_limit_bytes)}`],
  ];
  renderFacts(byId("memory"), facts);
}

/** Prompt tokens that need not be computed, of those that were looked up. */
function prefixText({ hit_tokens: hits, queried_tokens: queries }) {
  return queries ? `${number(hits)} of ${number(queries)} tokens (${Math.round((100 * hits) / queries)} %)` : "–";
}

function renderEngine(state) {
  const { requests, tokens } = state;
  renderFacts(byId("engine"), [
    ["Code", state.model.target || "–"],
    ["Up", duration(state.uptime_seconds)],
    ["Restarts", String(state.engine.restarts)],
    ["Answers ended", number(requests.stop + requests.length)],
    ["Cancelled, failed, refused", [requests.cancelled, requests.failed, requests.refused].map(number).join(", ")],
    ["Prefix cache, last minute", prefixText(state.prefix_cache)],
    ["Prefix cache, in all", `${number(state.prefix_cache.hit_tokens_total)} of ${number(state.prefix_cache.queried_tokens_total)}`],
    ["Tokens", `${number(tokens.answer_total)} chosen, ${number(tokens.prompt_total)} read`],
  ]);
  const list = byId("errors");
  const lines = state.errors.map((e) => `${new Date(e.time * 1000).toLocaleTimeString()} ${e.what}`).reverse();
  resize(list, lines.length, () => make("li"));
  lines.forEach((line, i) => setText(list.children[i], line));
}

function renderHead(state) {
  setText(byId("model-name"), state.model.name);
  setText(byId("version"), `g4rt ${state.version}`);
  const status = state.draining ? "draining" : state.engine.status;
  const isLoading = status === "loading" || status === "restarting";
  const badge = byId("engine-state");
  badge.dataset.state = status === "serving" ? "serving" : isLoading ? "loading" : "bad";
  setText(badge, isLoading ? `${status} ${Math.round(100 * state.engine.progress)} %` : status);
}

/** Shows a state of /g4/events; `labelOf` says what a request is called here, if it is one of this page. */
export function renderState(state, labelOf) {
  renderHead(state);
  renderTiles(state);
  renderSlots(state, labelOf);
  renderPools(state.pools);
  renderMemory(state.memory, state.pools);
  renderEngine(state);
}

/** There is no connection. */
export function renderLost() {
  const badge = byId("engine-state");
  badge.dataset.state = "bad";
  setText(badge, "no connection");
}
