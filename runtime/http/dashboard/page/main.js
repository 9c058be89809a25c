// The page: which view is shown, its colours, and the stream of the server's state.

import { AgentsPanel, labelOf } from "/g4/page/agents.js";
import { byId, renderLost, renderState, setText } from "/g4/page/dashboard.js";
import { renderExperts } from "/g4/page/experts.js";
import { Playground } from "/g4/page/playground.js";
import { events, request, setKey } from "/g4/page/stream.js";

const RETRY_MS = 2000; // after the connection was lost
const VIEWS = ["live", "chat"];

let model = "";
const modelOf = () => model;

//===-- Views and colours ---------------------------------------------------===

function showView() {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : VIEWS[0];
  for (const name of VIEWS) {
    byId(name).hidden = name !== view;
    if (name === view) byId(`tab-${name}`).setAttribute("aria-current", "page");
    else byId(`tab-${name}`).removeAttribute("aria-current");
  }
}

// The system's choice holds until the button is pressed.
function startTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => setText(byId("theme"), isDark() ? "Light" : "Dark");
  const chosen = localStorage.getItem("g4-theme");
  if (chosen) root.dataset.theme = chosen;
  name();
  system.addEventListener("change", name);
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("g4-theme", root.dataset.theme);
    name();
  });
}

//===-- The server's state --------------------------------------------------===

async function follow(signal) {
  const response = await request("/g4/events", { signal });
  byId("key-form").hidden = byId("notice").hidden = true;
  await agents.load();
  for await (const data of events(response)) {
    const state = JSON.parse(data);
    model = state.model.name;
    renderState(state, labelOf);
    renderExperts(state.experts, state.steps_per_expert_count);
  }
}

function sayProblem(error) {
  renderLost();
  byId("key-form").hidden = error?.status !== 401;
  byId("notice").hidden = error?.status === 401;
  setText(byId("notice"), error?.status ? error.message : "The server cannot be reached. Trying again.");
}

/** Resolves when somebody can see the page. */
async function untilVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

// A page that nobody sees holds no connection: a browser has but six to a server, for all its tabs.
async function followForEver() {
  for (;;) {
    await untilVisible();
    const stopper = new AbortController();
    const stop = () => document.hidden && stopper.abort();
    document.addEventListener("visibilitychange", stop);
    const error = await follow(stopper.signal).catch((problem) => problem);
    document.removeEventListener("visibilitychange", stop);
    if (stopper.signal.aborted) continue;
    sayProblem(error);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey(byId("key").value);
});
addEventListener("hashchange", showView);
startTheme();
showView();
const agents = new AgentsPanel(modelOf);
new Playground(modelOf);
followForEver();
