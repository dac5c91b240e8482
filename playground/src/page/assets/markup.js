// Telegram's HTML → elements. What is not on the list of its tags is shown as the text that it is.

const TAGS = {
  b: "b", strong: "b", i: "i", em: "i", u: "u", ins: "u", s: "s", strike: "s", del: "s",
  code: "code", pre: "pre", blockquote: "blockquote", a: "a", span: "span",
  "tg-spoiler": "span", "tg-emoji": "span",
};
const NAMED = { lt: "<", gt: ">", amp: "&", quot: '"' };
const PIECES = /<(\/?)([a-z][a-z-]*)((?:\s[^<>]*)?)>|&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));|[^<&]+|[<&]/giu;

/** The elements of a message's HTML. */
export function markup(html) {
  const root = document.createDocumentFragment();
  const open = [{ node: root, tag: "" }];
  const top = () => open[open.length - 1];
  for (const piece of html.matchAll(PIECES)) {
    const [whole, slash, name, attributes] = piece;
    const tag = name?.toLowerCase();
    if (!tag || !Object.hasOwn(TAGS, tag)) {
      top().node.append(tag ? whole : behind(top().node.lastChild, decoded(piece)));
    } else if (!slash) {
      const node = element(tag, attributes);
      top().node.append(node);
      open.push({ node, tag });
    } else if (top().tag === tag) {
      open.pop();
    } else {
      top().node.append(whole);
    }
  }
  return root;
}

/** A block ends its line by itself, so the line end behind it shows nothing. */
function behind(node, text) {
  return ["BLOCKQUOTE", "PRE"].includes(node?.nodeName) ? text.replace(/^\n/u, "") : text;
}

function decoded([whole, , , , decimal, hex, name]) {
  if (name) return NAMED[name.toLowerCase()];
  const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : 0;
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
}

function element(tag, attributes) {
  const node = document.createElement(TAGS[tag]);
  if (tag === "tg-spoiler" || (tag === "span" && attributes.includes("tg-spoiler"))) node.className = "spoiler";
  if (tag !== "a") return node;
  const href = /\shref\s*=\s*"([^"]*)"/iu.exec(attributes)?.[1].replace(/&amp;/gu, "&") ?? "";
  // A link goes to the web or, for a mention, nowhere.
  if (!/^https?:\/\//iu.test(href)) {
    const mention = document.createElement("span");
    mention.className = "mention";
    return mention;
  }
  node.setAttribute("href", href);
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
  return node;
}
