// The page's script: it sends what is done, and shows what comes back. The server draws
// everything; here the fresh HTML is merged in, so that focus, scrolling and what is being
// typed stay. No build step, no library.

"use strict";

const home = document.body.dataset.address;
const find = (id) => document.getElementById(id);

// ---- Merging fresh HTML into what is on the screen ----

const KEPT_ATTRIBUTES = new Set(["open", "hidden", "data-pointed"]); // the reader's own doing

function merge(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !KEPT_ATTRIBUTES.has(name)) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT_ATTRIBUTES.has(name)) old.removeAttribute(name);
  }
  if (!old.hasAttribute("data-keep")) mergeChildren(old, fresh);
}

function mergeChildren(old, fresh) {
  const known = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  const staying = new Set([...fresh.children].map((each) => each.id));
  for (const [id, each] of known) if (!staying.has(id)) remove(each);
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = wanted.id ? known.get(wanted.id) : likeness(place, wanted);
    if (!same) {
      old.insertBefore(wanted, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else old.insertBefore(same, place);
    merge(same, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    remove(place);
    place = next;
  }
}

// Something without an id is the same where its kind stands in its place.
function likeness(place, wanted) {
  return place && !place.id && place.nodeName === wanted.nodeName ? place : null;
}

// A dialog is closed before it goes, so that focus returns to where it came from.
function remove(node) {
  if (node.nodeName === "DIALOG" && node.open) {
    node.dataset.leaving = "";
    node.close();
  }
  node.remove();
}

function show(region, html) {
  const place = find(region);
  const follows = region === "place" && atEnd();
  const [held, from] = [document.activeElement, messageOf(document.activeElement)];
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  mergeChildren(place, fresh.content);
  if (follows) toEnd();
  if (region === "modals") openModals();
  if (region === "sidebar") markTitle();
  if (region === "place" && wanted) pointAt(wanted);
  if (document.activeElement === document.body && held !== document.body) focusInstead(from);
}

// What had the focus is gone, as a button is when a request has been decided: the focus belongs to
// the message that it stood in, which says so now, or to what still lies over the page.
const openedFrom = new WeakMap(); // dialogs → the id of the message in which each was opened

function messageOf(element) {
  const dialog = element.closest("#modals dialog");
  return dialog ? openedFrom.get(dialog) : element.closest("li.message")?.id;
}

function focusInstead(from) {
  const over = [...document.querySelectorAll("#modals dialog[open] h2")].at(-1);
  (over ?? find(from ?? "")?.querySelector("article") ?? find("conversation")).focus();
}

// A conversation is read from its end; on a low screen it is the page that scrolls.
function scroller() {
  const conversation = find("conversation");
  return getComputedStyle(conversation).overflowY === "auto" ? conversation : document.scrollingElement;
}

// Where there is no room for all of what was said last, it is read from its beginning.
function end() {
  const [place, last] = [scroller(), [...document.querySelectorAll("#conversation li.message")].at(-1)];
  const bottom = place.scrollHeight - place.clientHeight;
  if (!last) return bottom;
  const top = place === document.scrollingElement ? 0 : place.getBoundingClientRect().top;
  return Math.min(bottom, place.scrollTop + last.getBoundingClientRect().top - top);
}

function atEnd() {
  return scroller().scrollTop > end() - 80;
}

// Whoever has read on in it is not taken back.
function toEnd() {
  if (find("conversation").role === "log") scroller().scrollTop = Math.max(scroller().scrollTop, end());
}

// What comes below the conversation, or goes, leaves what was lowest in it lowest.
function keepingTheLowest(change) {
  const place = find("conversation");
  const lowest = place.scrollTop + place.clientHeight;
  change();
  place.scrollTop = lowest - place.clientHeight;
}

const submitted = new WeakSet(); // dialogs whose form has been sent: a wrong field gets the focus

function openModals() {
  for (const dialog of find("modals").children) {
    if (dialog.tagName !== "DIALOG") continue;
    if (!dialog.open) {
      openedFrom.set(dialog, messageOf(document.activeElement));
      dialog.showModal();
      dialog.addEventListener("close", () => closed(dialog), { once: true });
    }
    const wrong = dialog.querySelector("[aria-invalid=true], [data-wrong]");
    if (wrong && submitted.delete(dialog)) wrong.focus();
  }
}

// Escape closes a dialog at once; then the bot's view goes too.
function closed(dialog) {
  if (!("leaving" in dialog.dataset)) act("close", drawn(dialog.querySelector("[data-surface]")));
}

const title = document.title;
function markTitle() {
  const unread = Number(document.querySelector("[data-unread]").dataset.unread);
  document.title = unread ? `(${unread}) ${title}` : title;
}

// ---- What comes by itself ----

let socket = null;
let wait = 500;

function connect() {
  socket = new WebSocket(`ws://${location.host}${home}/live`);
  socket.onopen = () => {
    wait = 500;
    find("connection").hidden = true;
    tell();
  };
  socket.onmessage = ({ data }) => {
    for (const [region, html] of Object.entries(JSON.parse(data))) show(region, html);
  };
  socket.onclose = () => {
    find("connection").hidden = wait < 1000;
    setTimeout(connect, wait);
    wait = Math.min(8000, wait * 2);
  };
}

function tell() {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ visible: !document.hidden, hood: !find("hood").hidden }));
}

document.addEventListener("visibilitychange", tell);

// ---- What is done ----

async function act(name, fields, form, typed = form && new FormData(form)) {
  hideToast();
  const body = new URLSearchParams(typed);
  for (const [key, value] of Object.entries(fields)) body.set(key, value ?? "");
  const alert = form?.querySelector(":scope > .alert");
  if (alert) alert.textContent = "";
  return post(`${home}/${name}`, body, alert);
}

// Whether it was done; if not, why not is said, in the form it was sent from or else below.
async function post(address, body, alert) {
  let refused = document.body.dataset.lost;
  try {
    const answer = await fetch(address, { method: "POST", body });
    if (answer.status === 200) toast((await answer.json()).told);
    if (answer.ok) return true;
    if (answer.status === 422) refused = (await answer.json()).refused;
  } catch {
    // no answer at all: said below
  }
  if (alert?.isConnected) alert.textContent = refused;
  else toast(refused);
  return false;
}

function toast(text) {
  keepingTheLowest(() => {
    find("toast").querySelector("p").textContent = text;
    find("toast").hidden = false;
  });
}

// What is hidden lets go of the focus: it goes to the field below.
function hideToast() {
  const held = find("toast").contains(document.activeElement);
  keepingTheLowest(() => (find("toast").hidden = true));
  if (held) field.focus();
}

// One handler for everything that is clicked, by what the element says of itself.
const CLICKS = {
  press: (element, data) => send("press", element, data),
  pick: (element, data) => send("choose", element, data),
  confirm: (element, data) => ask(find(data.confirm), element),
  dismissDialog: (element) => element.closest("dialog").close(),
  close: (element) => act("close", drawn(element.form), element.form),
  dismissMessage: (element) => act("dismiss", drawn(element.form)),
  dismissToast: hideToast,
  shortcut: (element, data) => act("shortcut", { shortcut: data.shortcut }),
  prompt: (element, data) => act("prompt", { text: data.prompt }),
  travel: (element, data) => {
    toEnd(); // where what time brings is going to stand
    act("travel", { days: data.travel });
  },
  reply: (element, data) => replyTo(data.reply),
  stopReplying: () => {
    replyTo("");
    field.focus();
  },
  removeBot: (element) => {
    element.closest("dialog").close();
    act("remove", {});
  },
  startOver: async (element, data) => {
    element.closest("dialog").close();
    document.body.inert = true; // what is typed before the page is loaded anew would be lost
    const how = new URLSearchParams({ begins: data.startOver });
    if (await post("/start-over", how)) location.assign("/");
    else document.body.inert = false;
  },
};

// What is clicked names the version that it is clicked in: the server may have a newer one.
const drawn = ({ dataset: { surface, version } }) => ({ surface, version });

function about(element) {
  const form = element.closest("[data-surface]");
  return { element, form, typed: new FormData(form), fields: drawn(form) };
}

// What a dialog that asks whether one is sure is about: all as it was when the dialog opened.
const asked = new WeakMap();

// A copy asks: whatever is drawn anew behind it, it stays, and means what it says.
function ask(original, element) {
  const dialog = original.cloneNode(true);
  dialog.id = "asking";
  dialog.querySelector("h2").id = "asking-title";
  dialog.setAttribute("aria-labelledby", "asking-title");
  if (element.closest("[data-surface]")) asked.set(dialog, about(element));
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
}

async function send(name, element, data) {
  const dialog = element.closest("dialog.confirm");
  const meant = asked.get(dialog) ?? about(element);
  const fields = { ...meant.fields, block: data.block, action: data.action };
  if (data.option) fields.option = data.option;
  if (data.value) fields.value = data.value;
  dialog?.close();
  meant.element.closest("details.overflow")?.removeAttribute("open");
  element.setAttribute("aria-busy", "true");
  await act(name, fields, meant.form, meant.typed);
  element.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const element = event.target.closest("button, a");
  wanted = "";
  if (!event.target.closest("#guide")) foldGuide();
  if (!element) return;
  if (element.id === "hood-toggle") toggleHood();
  if (element.getAttribute("aria-busy") === "true") return;
  for (const [name, run] of Object.entries(CLICKS)) {
    if (name in element.dataset) return void run(element, element.dataset);
  }
});

document.addEventListener("change", (event) => {
  const { block, action } = event.target.dataset;
  if ("choose" in event.target.dataset) send("choose", event.target, { block, action });
  else if (event.target.closest(".modal")) keep(event.target.form);
});

// What is typed in a form is there when one comes back to it as the same person.
const begun = new Set(); // forms in whose fields something has been typed that is not kept yet

document.addEventListener("input", (event) => {
  if (event.target.closest(".modal")) begun.add(event.target.form);
});
addEventListener("pagehide", () => begun.forEach((form) => form.isConnected && keep(form)));

function keep(form) {
  begun.delete(form);
  const body = new URLSearchParams(new FormData(form));
  for (const [key, value] of Object.entries(drawn(form))) body.set(key, value);
  fetch(`${home}/enter`, { method: "POST", body, keepalive: true }).catch(() => {});
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "composer") return void say();
  if (!("submit" in form.dataset)) return;
  submitted.add(form.closest("dialog"));
  await act("submit", drawn(form), form);
});

// ---- The field one writes in ----

const field = find("composer-text");
let thread = "";

async function say() {
  const text = field.value;
  if (!text.trim()) return;
  const to = thread;
  field.value = "";
  suggest();
  grow();
  replyTo("");
  toEnd();
  if (!(await act("say", { text, thread: to })) && !field.value) {
    field.value = text; // what was typed is not lost
    replyTo(to);
    grow();
  }
}

function replyTo(ts) {
  thread = ts;
  find("replying").hidden = !ts;
  if (ts) field.focus();
}

// A draft is kept for each person at each place.
const draft = `draft ${home}`;
field.value = sessionStorage.getItem(draft) ?? "";

function grow() {
  sessionStorage.setItem(draft, field.value);
  field.rows = Math.min(8, field.value.split("\n").length);
}

const completions = JSON.parse(find("completions").textContent);
const list = find("suggestions");
let chosen = -1;

// The word being written: a command from the start of the line, or a name after an at sign.
function beginning() {
  const before = field.value.slice(0, field.selectionStart);
  const found = before.match(/^\/\S*( \S*)?$/) || before.match(/(?<=^|\s)@[^@\n]{0,30}$/);
  return found ? found[0] : "";
}

// The first that fits is lit; none where what is written is whole, and may be sent as it is.
function suggest() {
  const begun = beginning().toLowerCase();
  const isWhole = ({ text }) => text.toLowerCase() === begun.trim();
  const fits = (each) => each.text.toLowerCase().startsWith(begun) && !isWhole(each);
  const fitting = begun ? completions.filter(fits) : [];
  chosen = fitting.length && !completions.some(isWhole) ? 0 : -1;
  list.replaceChildren(...fitting.map(option));
  list.hidden = !fitting.length;
  mark();
}

function light(step) {
  const from = chosen < 0 && step < 0 ? 0 : chosen;
  chosen = (from + step + list.children.length) % list.children.length;
  mark();
}

function option({ text, hint }, index) {
  const row = document.createElement("li");
  row.id = `suggestion-${index}`;
  row.role = "option";
  row.dataset.text = text;
  const name = document.createElement("b");
  name.textContent = text;
  row.append(name, hint ? ` ${hint}` : "");
  row.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the field keeps the focus
    complete(row);
  });
  return row;
}

function mark() {
  [...list.children].forEach((row, index) => row.setAttribute("aria-selected", index === chosen));
  if (chosen >= 0) field.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  else field.removeAttribute("aria-activedescendant");
}

function complete(row) {
  const start = field.selectionStart - beginning().length;
  const rest = field.value.slice(field.selectionStart);
  field.value = `${field.value.slice(0, start)}${row.dataset.text} ${rest}`;
  field.selectionStart = field.selectionEnd = start + row.dataset.text.length + 1;
  grow();
  closeList();
}

function closeList() {
  list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

field.addEventListener("input", () => {
  grow();
  suggest();
});

field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const open = !list.hidden;
  const lit = open && list.children[chosen];
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) light(event.key === "ArrowDown" ? 1 : -1);
  else if (lit && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) complete(lit);
  else if (open && event.key === "Escape") closeList();
  else if (event.key === "Enter" && !event.shiftKey) say();
  else return;
  event.preventDefault();
});

field.addEventListener("blur", closeList);

// ---- The guide: each step leads to whoever takes it, and to what they write or press there ----

const narrow = matchMedia("(max-width: 52rem)");
let wanted = ""; // a button that is to be pointed at as soon as it is there

const POINTS = { skriv: write, trykk: pointAt };

function followStep() {
  const [, what, text] = decodeURIComponent(location.hash).match(/^#(\w+)=(.+)$/s) ?? [];
  if (!(what in POINTS)) return;
  history.replaceState(null, "", location.pathname);
  foldGuide();
  POINTS[what](text);
}

// Where there is little room it lies over what it leads to.
function foldGuide() {
  const guide = find("guide");
  if (!narrow.matches || !guide.open) return;
  const held = guide.contains(document.activeElement);
  guide.open = false;
  if (held) guide.querySelector("summary").focus();
}

document.addEventListener("keydown", (event) => {
  const isOver = !event.defaultPrevented && !document.querySelector("dialog[open]");
  if (event.key === "Escape" && isOver) foldGuide();
});

// What is half written already stays.
function write(text) {
  if (!field.value.trim()) field.value = text;
  grow();
  field.focus();
}

function pointAt(name) {
  const isIt = (button) => button.textContent.trim() === name && button.checkVisibility();
  const button = [...document.querySelectorAll(".columns button, .top button")].filter(isIt).at(-1);
  wanted = button ? "" : name;
  if (!button) return toast(document.body.dataset.notYet);
  hideToast();
  button.dataset.pointed = "";
  button.addEventListener("blur", () => delete button.dataset.pointed, { once: true });
  button.focus();
  button.scrollIntoView({ block: "nearest" });
}

addEventListener("hashchange", followStep);

// ---- Under the hood ----

function toggleHood(open = find("hood").hidden) {
  const follows = atEnd();
  if (open) foldGuide();
  find("hood").hidden = !open;
  find("hood-toggle").setAttribute("aria-expanded", open);
  document.body.classList.toggle("with-hood", open);
  sessionStorage.setItem("hood", open ? "open" : "");
  if (follows) toEnd();
  if (socket) tell();
}

// A row's details are fetched when it is opened. The event does not bubble: it is caught on its way down.
document.addEventListener(
  "toggle",
  async (event) => {
    const row = event.target;
    if (!row.open || !row.dataset?.load) return;
    const answer = await fetch(row.dataset.load);
    if (answer.ok) row.querySelector("[data-keep]").innerHTML = await answer.text();
  },
  true,
);

// ---- The keyboard ----

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const digit = event.code.match(/^Digit([1-9])$/);
  const person = digit && document.querySelectorAll("[data-person]")[digit[1] - 1];
  if (person) person.click();
  else if (event.code === "KeyU") toggleHood();
  else return;
  event.preventDefault();
});

toggleHood(sessionStorage.getItem("hood") === "open");
foldGuide();
document.body.dataset.ready = "";
narrow.addEventListener("change", foldGuide);
toEnd();
openModals();
markTitle();
connect();
field.focus({ preventScroll: true });
followStep();
