// Cases of a run: filter, sort, look at one. Every text reaches the page as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const ROW = 44;
  const WORDS = 1500;
  const STATES = { p: ["✓", "pass"], f: ["✗", "fail"], e: ["!", "error"] };
  let shown = [];
  let selected = -1;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const option = (select, value, text) => {
    const made = element("option", "", text);
    made.value = value;
    select.append(made);
  };

  // Everything that is searched, in lower case, made once a case is first looked at.
  const haystack = (one) => {
    one.hay ??= [one.id, one.output, one.before, ...one.said.map((said) => `${said[0]} ${said[1]}`)]
      .join("\n").toLowerCase();
    return one.hay;
  };

  const fill = () => {
    const candidate = byId("candidate");
    data.candidates.forEach((one, place) => option(candidate, String(place), one.label));
    if (data.candidates.length < 2) candidate.parentElement.hidden = true;
    const tags = [...new Set(data.cases.flatMap((one) => one.tags))].sort();
    tags.forEach((tag) => option(byId("tag"), tag, tag));
    if (tags.length === 0) byId("tag").parentElement.hidden = true;
    const names = [...new Set(data.cases.flatMap((one) => one.said.map((said) => said[0])))].sort();
    names.forEach((name) => option(byId("evaluator"), name, name));
    if (names.length === 0) byId("evaluator").parentElement.hidden = true;
  };

  const OUTCOMES = {
    all: () => true,
    failing: (one) => one.state === "f",
    broken: (one) => one.change === "broken",
    fixed: (one) => one.change === "fixed",
    flaky: (one) => one.flaky,
    error: (one) => one.state === "e",
    passing: (one) => one.state === "p",
  };
  const rank = (one) => (one.change === "broken" ? 0 : one.state === "f" ? 1 : one.state === "e" ? 2 : one.change === "fixed" ? 3 : 4);
  const ORDERS = {
    worst: (a, b) => rank(a) - rank(b) || a.place - b.place,
    dataset: (a, b) => a.candidate - b.candidate || a.place - b.place,
    id: (a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }),
  };

  const apply = () => {
    const keep = shown[selected];
    const [candidate, tag, name] = [byId("candidate").value, byId("tag").value, byId("evaluator").value];
    const outcome = OUTCOMES[byId("outcome").value];
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = data.cases.filter((one) =>
      (candidate === "" || one.candidate === Number(candidate)) && outcome(one) && (tag === "" || one.tags.includes(tag)) &&
      (name === "" || one.said.some((said) => said[0] === name)) &&
      (words.length === 0 || words.every((word) => haystack(one).includes(word))));
    shown.sort(ORDERS[byId("order").value]);
    byId("count").textContent = `${shown.length} of ${data.cases.length} cases`;
    byId("rows").style.height = `${shown.length * ROW}px`;
    selected = shown.indexOf(keep);
    byId("list").scrollTop = selected < 0 ? 0 : Math.max(0, selected * ROW - 100);
    draw();
  };

  const row = (one, place) => {
    const made = element("div", "row");
    made.id = `row-${place}`;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(place === selected));
    made.setAttribute("aria-posinset", String(place + 1));
    made.setAttribute("aria-setsize", String(shown.length));
    made.style.top = `${place * ROW}px`;
    const [sign, word] = STATES[one.state];
    const id = element("span", "id");
    const state = element("span", `state ${word}`, sign);
    state.title = word;
    id.append(state, one.id);
    const change = one.change ? `newly ${one.change}` : one.flaky ? "flaky" : word;
    const share = one.trials > 1 ? ` ${one.passes}/${one.trials}` : "";
    const why = one.said.length > 0 ? ` · ${one.said.map((said) => said[0]).join(", ")}` : "";
    const label = data.candidates.length > 1 ? ` · ${data.candidates[one.candidate].label}` : "";
    made.append(id, element("span", "sub", change + share + why + label));
    made.addEventListener("click", () => select(place, true));
    return made;
  };

  // Only the rows in sight exist.
  const draw = () => {
    const list = byId("list");
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 5);
    const rows = [];
    for (let place = first; place < last; place += 1) rows.push(row(shown[place], place));
    byId("rows").replaceChildren(...rows);
    if (selected >= first && selected < last) list.setAttribute("aria-activedescendant", `row-${selected}`);
    else list.removeAttribute("aria-activedescendant");
  };

  // Longest common subsequence over words: what both say stays unmarked.
  const differences = (before, after) => {
    const split = (text) => text.match(/\s+|[^\s]+/g) ?? [];
    const [a, b] = [split(before), split(after)];
    if (a.length > WORDS || b.length > WORDS) return null;
    const width = b.length + 1;
    const best = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) {
        best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      }
    }
    const [left, right] = [[], []];
    const put = (side, kind, word) => {
      const end = side[side.length - 1];
      if (end && end[0] === kind) end[1] += word;
      else side.push([kind, word]);
    };
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) {
        put(left, "", a[i]);
        put(right, "", b[j]);
        i += 1;
        j += 1;
      } else if (j >= b.length || (i < a.length && best[(i + 1) * width + j] >= best[i * width + j + 1])) {
        put(left, "del", a[i]);
        i += 1;
      } else {
        put(right, "ins", b[j]);
        j += 1;
      }
    }
    return [left, right];
  };

  const answer = (head, text, pieces) => {
    const side = element("div");
    const shown = element("pre", "answer");
    shown.tabIndex = 0;
    if (text === null) shown.append(element("span", "soft", "no answer is kept"));
    else if (pieces) pieces.forEach(([kind, word]) => shown.append(kind ? element(kind, "", word) : word));
    else shown.textContent = text;
    side.append(element("h4", "", head), shown);
    return side;
  };

  const detail = (one) => {
    const panel = byId("detail");
    const candidate = data.candidates[one.candidate];
    const head = element("h3");
    const [sign, word] = STATES[one.state];
    head.append(element("span", word, `${sign} `), one.id);
    const about = element("p", "soft");
    const facts = [candidate.label, one.change ? `newly ${one.change}` : word];
    if (one.trials > 1) facts.push(`${one.passes} of ${one.trials} repeats passed`);
    about.append(`${facts.join(" · ")} `, ...one.tags.flatMap((tag) => [element("span", "tag", tag), " "]));
    const reasons = element("dl", "reasons");
    one.said.forEach(([name, why]) => reasons.append(element("dt", "fail", name), element("dd", "", why)));
    const sides = element("div", "sides");
    const pair = one.before !== null && one.output !== null && one.before !== one.output
      ? differences(one.before, one.output) : null;
    if (candidate.baseline) sides.append(answer(`baseline ${candidate.baseline}`, one.before, pair && pair[0]));
    sides.append(answer(`candidate ${candidate.version}`, one.output, pair && pair[1]));
    const link = element("a", "", "link to this case");
    link.href = hash(one);
    const foot = element("p", "soft");
    foot.append(link);
    panel.replaceChildren(head, about, reasons, sides, foot);
  };

  const hash = (one) => `#/${encodeURIComponent(data.candidates[one.candidate].label)}/${encodeURIComponent(one.id)}`;

  const select = (place, remember) => {
    if (place < 0 || place >= shown.length) return;
    selected = place;
    const list = byId("list");
    if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
    if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
    draw();
    detail(shown[place]);
    if (remember) history.replaceState(null, "", hash(shown[place]));
  };

  // A link to a case shows it, whatever the filters say.
  const open = () => {
    const parts = location.hash.split("/").slice(1);
    if (parts.length !== 2) return false;
    const [label, id] = parts.map((part) => {
      try { return decodeURIComponent(part); } catch { return ""; }
    });
    const wanted = data.cases.find((one) => one.id === id && data.candidates[one.candidate].label === label);
    if (!wanted) return false;
    if (!shown.includes(wanted)) {
      for (const id of ["candidate", "tag", "evaluator", "search"]) byId(id).value = "";
      byId("outcome").value = "all";
      apply();
    }
    select(shown.indexOf(wanted), false);
    return true;
  };

  const keys = (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const page = Math.max(1, Math.floor(byId("list").clientHeight / ROW) - 1);
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const inText = event.target.matches("pre");
    if (event.key in moves && !(inText && event.key.length > 1)) {
      event.preventDefault();
      select(Math.min(shown.length - 1, Math.max(0, selected + moves[event.key])), true);
    } else if (event.key === "/") {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "?") {
      byId("help").showModal();
    }
  };

  fill();
  const failing = data.cases.some((one) => one.state !== "p");
  byId("outcome").value = failing ? "failing" : "all";
  if (failing && !data.cases.some((one) => one.state === "f")) byId("outcome").value = "error";
  apply();
  if (!open()) select(0, false);
  let waiting = 0;
  for (const id of ["candidate", "outcome", "tag", "evaluator", "order"]) byId(id).addEventListener("change", apply);
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  byId("list").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  byId("keys").addEventListener("click", () => byId("help").showModal());
  window.addEventListener("hashchange", open);
  window.addEventListener("resize", draw);
  document.addEventListener("keydown", keys);
  byId("cases").hidden = false;
  draw();
})();
