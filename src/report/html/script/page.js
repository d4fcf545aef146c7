// What every page has: colours, the list of keys, and the means to put text on the page. Every text stays text.
"use strict";
const byId = (id) => document.getElementById(id);

const element = (name, className, ...content) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
};

const grouped = (number) => number.toLocaleString("en");

// Controls, and what turns the reading direction round, as they are written out elsewhere on the page.
const visible = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
  (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);

const theme = (() => {
  const SCHEMES = ["auto", "light", "dark"];
  const KEY = "prompteval-colours";
  // A page out of a file may have no storage.
  const stored = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const show = (scheme) => {
    document.documentElement.style.colorScheme = scheme === "auto" ? "" : scheme;
    byId("theme").lastElementChild.textContent = scheme;
    byId("theme").setAttribute("aria-label", `Colours: ${scheme === "auto" ? "auto, as the system" : scheme}`);
  };
  let scheme = SCHEMES.includes(stored()) ? stored() : "auto";
  const next = () => {
    scheme = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length];
    try { localStorage.setItem(KEY, scheme); } catch { /* the choice lasts as long as the page */ }
    show(scheme);
  };
  show(scheme);
  byId("theme").hidden = false;
  byId("theme").addEventListener("click", next);
})();
