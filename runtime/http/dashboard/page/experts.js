// How often each expert of each layer was chosen in the last minute: a picture with a row a layer, a column an expert.

import { byId, number, setText } from "/g4/page/dashboard.js";

const LEVELS = 5; // of colour, beside that of experts that were not chosen

/** The level of an expert: relative to twice the mean of its layer, so that even use is in the middle. */
const levelOf = (rows, mean) => (rows ? Math.min(LEVELS, 1 + Math.floor(((LEVELS - 1) * rows) / (2 * mean))) : 0);

// One pixel an expert; the style sheet makes it large.
function draw(canvas, layers) {
  canvas.width = Math.max(1, ...layers.map((layer) => layer.rows.length));
  canvas.height = layers.length;
  const colours = [...byId("experts-legend").children].map((key) => getComputedStyle(key).backgroundColor);
  const context = canvas.getContext("2d");
  layers.forEach(({ rows }, y) => {
    const mean = rows.reduce((sum, count) => sum + count, 0) / rows.length;
    rows.forEach((count, x) => {
      context.fillStyle = colours[levelOf(count, mean)];
      context.fillRect(x, y, 1, 1);
    });
  });
}

/** The expert with the largest share of its layer's rows; null if none was chosen. */
function busiest(layers) {
  let most = null;
  for (const { layer, rows } of layers) {
    const sum = rows.reduce((total, count) => total + count, 0);
    rows.forEach((count, expert) => {
      if (count > 0 && (!most || count / sum > most.share)) most = { layer, expert, share: count / sum };
    });
  }
  return most;
}

function textOf(layers) {
  const size = `${layers.length} layers, ${layers[0].rows.length} experts each`;
  const most = busiest(layers);
  if (!most) return `${size}; none was chosen in the last minute`;
  const unused = layers.reduce((sum, { rows }) => sum + rows.filter((count) => !count).length, 0);
  const share = number(100 * most.share);
  return `${size}; busiest ${most.layer}, expert ${most.expert}: ${share} % of its layer's choices; ${unused} not chosen`;
}

/** Shows a state's experts, of which one of `period` steps was counted; a model without has no picture. */
export function renderExperts(layers, period) {
  byId("experts").hidden = layers.length === 0;
  if (!layers.length) return;
  draw(byId("experts-map"), layers);
  setText(byId("experts-text"), textOf(layers) + (period > 1 ? `; one step of ${period} is counted` : ""));
  byId("experts-map").setAttribute("aria-label", byId("experts-text").textContent);
}
