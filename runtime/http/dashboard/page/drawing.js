// SVG that a model wrote, drawn while it is written. It is nothing but data here: it becomes the data URL of an
// image, which browsers neither run scripts in nor load anything for, and the image stands in a frame without
// scripts and without a network (frame.html and its policy in Page.cpp).

const MOST_CHARACTERS = 400_000;
const TAG = /<(\/?)([A-Za-z_][\w:.-]*)(?:"[^"]*"|'[^']*'|[^"'<>])*?(\/?)>/y;
/** What else begins with <, and how it ends. */
const MARKS = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
  ["<!", ">"],
];

/** The first drawing in a text, from <svg to </svg> or to the end; null if there is none. */
export function findSvg(text) {
  const start = text.search(/<svg[\s>]/);
  if (start < 0) return null;
  const end = text.indexOf("</svg>", start);
  return {
    before: text.slice(0, start),
    svg: text.slice(start, end < 0 ? undefined : end + 6),
    after: end < 0 ? "" : text.slice(end + 6),
    isWhole: end >= 0,
  };
}

/** The end of the comment or the like at `at`: 0 if none is there, -1 if it is not whole. */
function endOfMark(svg, at) {
  const mark = MARKS.find(([begin]) => svg.startsWith(begin, at));
  if (!mark) return 0;
  const end = svg.indexOf(mark[1], at + mark[0].length);
  return end < 0 ? -1 : end + mark[1].length;
}

/**
 * `svg`, which may end anywhere, with what is not whole cut off and what is open closed; null if it can never be
 * well-formed again. Looks at each character a fixed number of times.
 */
export function closeSvg(svg) {
  const open = [];
  let end = 0;
  for (let at = svg.indexOf("<"); at >= 0; at = svg.indexOf("<", end)) {
    const markEnd = endOfMark(svg, at);
    if (markEnd < 0) break;
    if (markEnd > 0) {
      end = markEnd;
      continue;
    }
    TAG.lastIndex = at;
    const tag = TAG.exec(svg);
    if (!tag) break;
    end = TAG.lastIndex;
    const [, slash, name, isEmpty] = tag;
    if (slash && open.pop() !== name) return null;
    if (!slash && !isEmpty) open.push(name);
  }
  const text = svg.slice(end).split("<", 1)[0]; // of the element that is open
  return svg.slice(0, end) + (open.length ? text : "") + open.reverse().map((name) => `</${name}>`).join("");
}

/** What an image needs that a page would forgive: names of namespaces, escaped ampersands. */
function asDocument(svg) {
  const head = svg.slice(0, svg.indexOf(">"));
  let names = "";
  if (!/\sxmlns\s*=/.test(head)) names += ' xmlns="http://www.w3.org/2000/svg"';
  if (svg.includes("xlink:") && !head.includes("xmlns:xlink")) names += ' xmlns:xlink="http://www.w3.org/1999/xlink"';
  return svg.replace("<svg", `<svg${names}`).replace(/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/g, "&amp;");
}

/** A frame that shows a drawing as far as it has come; `settled` is the promise that all of it was tried. */
export class Drawing {
  constructor(title) {
    this.frame = document.createElement("iframe");
    this.frame.setAttribute("sandbox", "allow-same-origin"); // for the image's address; no scripts
    this.frame.title = title;
    this.frame.tabIndex = -1;
    this.frame.src = "/g4/page/frame.html";
    this.#loaded = new Promise((resolve) => this.frame.addEventListener("load", resolve, { once: true }));
  }
  #loaded; // the frame, which is somewhere in the page by then
  #next = null; // what is to be drawn
  #busy = false;

  /** Draws `svg`; a drawing that cannot be read leaves the one before. One at a time, the newest next. */
  draw(svg) {
    this.#next = svg;
    if (!this.#busy) this.settled = this.#drawAll();
  }

  async #drawAll() {
    this.#busy = true;
    while (this.#next !== null) {
      const closed = this.#next.length < MOST_CHARACTERS ? closeSvg(this.#next) : null;
      this.#next = null;
      if (closed) await this.#load(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(asDocument(closed))}`);
    }
    this.#busy = false;
  }

  // Decoded first, so that the frame never shows a broken image.
  async #load(url) {
    const probe = new Image();
    probe.src = url;
    try {
      await probe.decode();
    } catch {
      return;
    }
    await this.#loaded;
    const image = this.frame.contentDocument?.getElementById("drawing");
    if (!image) return; // the frame is gone
    image.src = url;
    this.frame.dataset.drawn = "yes";
  }
}
