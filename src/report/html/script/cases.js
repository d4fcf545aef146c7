// The cases of a run: filters that stand in the address, a list of which only the rows in sight exist, keys.
const cases = () => {
  const data = JSON.parse(byId("data").textContent);
  // The rest is read line by line, as somebody looks at it.
  const lines = (id) => {
    let all;
    return (place) => {
      all ??= byId(id).textContent.split("\n");
      return JSON.parse(all[place + 1]);
    };
  };
  const [whole, text] = [lines("details"), lines("texts")];
  data.cases.forEach((one, at) => {
    one.at = at;
    one.tags ??= [];
  });
  const ROW = 48;
  const WIDE = matchMedia("(min-width: 46.01rem)");
  // Filters by their name in the address; each is the field of that id.
  const FIELDS = ["outcome", "suite", "arm", "tag", "evaluator", "order", "search"];
  let shown = [];
  let selected = -1;

  const label = (arm) => `${arm.version} · ${arm.model}`;
  const own = (one) => {
    const wanted = byId("arm").value;
    const arms = data.suites[one.suite].arms;
    return one.arms.filter((result, place) => result && arms[place].candidate && (wanted === "" || label(arms[place]) === wanted));
  };
  const name = (one) => `${data.suites[one.suite].name}/${one.id}`;

  const OUTCOMES = {
    all: ["all", () => true],
    failing: ["failing", (result) => result.state === "f"],
    proven: ["proven broken", (result) => Boolean(result.proof)],
    broken: ["newly broken", (result) => result.change === "broken"],
    fixed: ["newly fixed", (result) => result.change === "fixed"],
    flaky: ["flaky", (result) => Boolean(result.flaky)],
    error: ["in error", (result) => result.state === "e"],
    passing: ["passing", (result) => result.state === "p"],
  };
  const some = (outcome) => data.cases.some((one) => own(one).some(OUTCOMES[outcome][1]));

  const blames = (one) => {
    const evaluators = data.suites[one.suite].evaluators;
    const names = own(one).flatMap((result) => (result.blamed ?? []).map((place) => evaluators[place]));
    return [...new Set(names.filter((info) => info && !info.reported).map((info) => info.name))];
  };

  // Everything that is searched, in lower case, made once a case is first looked at.
  const haystack = (one) => {
    if (one.hay !== undefined) return one.hay;
    const words = [one.id];
    const put = (place) => { if (typeof place === "number") words.push(text(place)); };
    const { vars, arms } = whole(one.at);
    for (const [key, value] of vars ?? []) {
      words.push(key);
      put(value);
    }
    for (const repeat of arms.flatMap((asked) => asked?.shown ?? [])) {
      put(repeat.output);
      put(repeat.fault?.[1]);
      for (const [evaluator, , reason] of repeat.scores) {
        words.push(data.suites[one.suite].evaluators[evaluator].name);
        put(reason);
      }
    }
    one.hay = words.join("\n").toLowerCase();
    return one.hay;
  };

  const fill = () => {
    const options = (id, words) => {
      const field = byId(id);
      field.replaceChildren(...words.map(([value, text]) => new Option(text, value)));
      field.parentElement.hidden = words.length < (id === "outcome" ? 1 : id === "suite" || id === "arm" ? 3 : 2);
    };
    const sorted = (words) => [...new Set(words)].sort((a, b) => a.localeCompare(b)).map((word) => [word, word]);
    options("outcome", Object.entries(OUTCOMES).filter(([kind]) => kind === "all" || some(kind)).map(([kind, [words]]) => [kind, words]));
    options("suite", [["", "all"], ...sorted(data.suites.map((suite) => suite.name))]);
    options("arm", [["", "all"], ...sorted(data.suites.flatMap((suite) => suite.arms.filter((arm) => arm.candidate).map(label)))]);
    options("tag", [["", "any"], ...sorted(data.cases.flatMap((one) => one.tags))]);
    options("evaluator", [["", "any"], ...sorted(data.cases.flatMap(blames))]);
    for (const tile of document.querySelectorAll("[data-outcome]")) {
      tile.disabled = !some(tile.dataset.outcome);
      tile.addEventListener("click", () => {
        byId("outcome").value = byId("outcome").value === tile.dataset.outcome ? "all" : tile.dataset.outcome;
        change();
        if (byId("cases").getBoundingClientRect().top > innerHeight * 0.6) byId("cases").scrollIntoView();
      });
    }
  };
  const usual = () => (some("failing") ? "failing" : some("error") ? "error" : "all");

  const worst = { f: 0, e: 1, p: 2 };
  const rank = (one) => Math.min(...own(one).map((result) =>
    (result.proof ? 0 : result.change === "broken" ? 1 : 2 + worst[result.state] * 2 - (result.change || result.flaky ? 1 : 0))));
  const inOrder = (a, b) => a.suite - b.suite || a.place - b.place;
  const ORDERS = {
    "": (a, b) => a.rank - b.rank || inOrder(a, b),
    dataset: inOrder,
    id: (a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }) || inOrder(a, b),
  };

  const filter = () => {
    const keep = shown[selected];
    const value = Object.fromEntries(FIELDS.map((id) => [id, byId(id).value]));
    const outcome = OUTCOMES[value.outcome][1];
    const words = value.search.toLowerCase().split(/\s+/).filter(Boolean);
    shown = data.cases.filter((one) => own(one).some(outcome)
      && (value.suite === "" || data.suites[one.suite].name === value.suite)
      && (value.tag === "" || one.tags.includes(value.tag))
      && (value.evaluator === "" || blames(one).includes(value.evaluator))
      && words.every((word) => haystack(one).includes(word)));
    for (const one of shown) one.rank = rank(one);
    shown.sort(ORDERS[value.order]);
    byId("count").textContent = `${grouped(shown.length)} of ${grouped(data.cases.length)}`;
    byId("rows").style.height = `${shown.length * ROW}px`;
    byId("list").classList.toggle("none", shown.length === 0);
    for (const tile of document.querySelectorAll("[data-outcome]")) {
      tile.setAttribute("aria-pressed", String(tile.dataset.outcome === value.outcome));
    }
    byId("clear").hidden = FIELDS.every((id) => value[id] === (id === "outcome" ? usual() : ""));
    selected = shown.indexOf(keep);
    byId("list").scrollTop = Math.max(0, selected * ROW - 100);
    draw();
  };

  const row = (one, place) => {
    const arms = data.suites[one.suite].arms;
    const signs = element("span", "signs");
    const words = [];
    one.arms.forEach((result, at) => {
      if (!arms[at].candidate || !own(one).includes(result)) return;
      const [sign, word] = STATES[result.state];
      signs.append(element("span", `sign ${word}`, sign));
      const share = result.repeats.length > 1 ? ` ${[...result.repeats].filter((state) => state === "p").length}/${result.repeats.length}` : "";
      words.push((result.proof ? "proven broken" : CHANGES[result.change] ?? (result.flaky ? "flaky" : word)) + share);
    });
    const suite = data.suites.length > 1 ? [data.suites[one.suite].name] : [];
    const telling = words.filter((word) => !word.startsWith("pass"));
    const sub = [...new Set(telling.length > 0 ? telling : words), ...blames(one), ...suite].join(" · ");
    const about = element("span", "text", element("span", "id", visible(one.id)), element("span", "sub", sub));
    const made = element("div", "row", signs, about);
    made.id = `row-${place}`;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(place === selected));
    made.setAttribute("aria-posinset", String(place + 1));
    made.setAttribute("aria-setsize", String(shown.length));
    made.style.top = `${place * ROW}px`;
    made.addEventListener("click", () => select(place, true));
    return made;
  };

  const draw = () => {
    const list = byId("list");
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 5);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 5);
    byId("rows").replaceChildren(...shown.slice(first, last).map((one, at) => row(one, first + at)));
    if (selected >= first && selected < last) list.setAttribute("aria-activedescendant", `row-${selected}`);
    else list.removeAttribute("aria-activedescendant");
  };

  // The address of a case, or of what is shown now.
  const address = (one, fields) => {
    const parts = new URLSearchParams();
    for (const id of fields) {
      const value = byId(id).value;
      if (value !== (id === "outcome" ? usual() : "")) parts.set(id, value);
    }
    if (one) parts.set("case", name(one));
    return `#${parts}`;
  };
  const remember = () => history.replaceState(null, "", address(shown[selected], FIELDS));

  const select = (place, open) => {
    if (place < 0 || place >= shown.length) return;
    selected = place;
    const list = byId("list");
    if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
    if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
    draw();
    detail(byId("detail"), data.suites[shown[place].suite], shown[place], { ...whole(shown[place].at), text }, address(shown[place], []), leave);
    if (!open) return;
    remember();
    if (WIDE.matches) return;
    byId("cases").classList.add("open");
    byId("cases").scrollIntoView();
    byId("detail").focus({ preventScroll: true });
  };

  const leave = () => {
    byId("cases").classList.remove("open");
    draw();
    byId("list").focus();
  };

  const change = () => {
    filter();
    if (selected < 0 && shown.length > 0) select(0, false);
    if (shown.length === 0) byId("detail").replaceChildren();
    remember();
  };

  // What the address says; a case that its filters hide is shown all the same.
  const read = () => {
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const id of FIELDS) {
      byId(id).value = parts.get(id) ?? (id === "outcome" ? usual() : "");
      if (byId(id).selectedIndex === -1) byId(id).value = id === "outcome" ? "all" : "";
    }
    filter();
    const wanted = parts.has("case") && data.cases.find((one) => name(one) === parts.get("case"));
    if (wanted && !shown.includes(wanted)) {
      for (const id of FIELDS) byId(id).value = id === "outcome" ? "all" : "";
      filter();
    }
    select(wanted ? shown.indexOf(wanted) : Math.max(0, selected), Boolean(wanted));
    if (wanted) byId("cases").scrollIntoView();
  };

  const keys = (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "Escape" && typing) event.target.blur();
    else if (event.key === "Escape") leave();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const page = Math.max(1, Math.floor(byId("list").clientHeight / ROW) - 1);
    const moves = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    // Arrows move in the list where it has the focus, and scroll the page elsewhere.
    const moving = event.key in moves && (event.key.length === 1 || event.target === byId("list"));
    if (moving) {
      event.preventDefault();
      select(Math.min(shown.length - 1, Math.max(0, selected + moves[event.key])), true);
    } else if (event.key === "Enter" && event.target === byId("list")) {
      select(selected, true);
    } else if (event.key === "/") {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "f") {
      byId("outcome").value = byId("outcome").value === "failing" || !some("failing") ? "all" : "failing";
      change();
    } else if (event.key === "?") {
      byId("help").showModal();
    }
  };

  byId("cases").hidden = data.cases.length === 0;
  if (data.cases.length === 0) return;
  fill();
  read();
  let waiting = 0;
  for (const id of FIELDS.filter((id) => id !== "search")) byId(id).addEventListener("change", change);
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(change, 120);
  });
  byId("clear").addEventListener("click", () => {
    for (const id of FIELDS) byId(id).value = id === "outcome" ? usual() : "";
    change();
  });
  byId("list").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  byId("keys").hidden = false;
  byId("keys").addEventListener("click", () => byId("help").showModal());
  window.addEventListener("hashchange", read);
  window.addEventListener("resize", draw);
  document.addEventListener("keydown", keys);
};

if (byId("data")) cases();
