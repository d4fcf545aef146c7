// One case whole: every version's answer beside the others, what evaluators say, vars, messages sent.
const STATES = { p: ["✓", "pass"], f: ["✗", "fail"], e: ["!", "error"], s: ["–", "soft"] };
const CHANGES = { broken: "newly broken", fixed: "newly fixed" };

const detail = (() => {
  const money = (usd) => (usd > 0 && usd < 0.0001 ? "<$0.0001" : `$${usd.toFixed(4)}`);
  const time = (ms) => (ms < 9999.5 ? `${grouped(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`);

  const measures = (shown) => {
    const made = element("div", "measures");
    const put = (text) => made.append(element("span", "", text));
    if (shown.latency_ms !== undefined) put(time(shown.latency_ms));
    if (shown.tokens) put(`${grouped(shown.tokens[0])} → ${grouped(shown.tokens[1])} tokens`);
    if (shown.cost_usd !== undefined) put(money(shown.cost_usd));
    for (const note of shown.notes ?? []) made.append(element("span", "doubt", note));
    return made;
  };

  const score = (suite, text, [place, state, reason, value]) => {
    const [sign, word] = STATES[state];
    const info = suite.evaluators[place];
    const head = element("span", "", element("b", "", info.name), " ", element("span", "soft", info.type));
    if (info.critical) head.append(" ", element("span", "doubt", "critical"));
    if (info.reported) head.append(" ", element("span", "soft", "reported only"));
    if (value !== undefined) head.append(" ", element("span", "soft", String(Number(value.toFixed(4)))));
    const said = element("span", "", head, element("span", "why", text(reason)));
    const label = element("span", `sign ${word}`, sign);
    label.title = state === "s" ? "does not apply" : word;
    return element("li", word, label, said);
  };

  const scores = (suite, text, shown) => {
    const rank = { f: 0, e: 1, p: 2, s: 3 };
    const made = element("ul", "scores");
    if (shown.fault) {
      const said = element("span", "", element("b", "", shown.fault[0]), element("span", "why", text(shown.fault[1])));
      made.append(element("li", "error", element("span", "sign error", "!"), said));
    }
    const sorted = [...shown.scores].sort((a, b) => rank[a[1]] - rank[b[1]]);
    made.append(...sorted.map((one) => score(suite, text, one)));
    return made.childElementCount > 0 ? made : "";
  };

  const answer = (text, pieces) => {
    if (text === null) return element("pre", "gone", "no answer");
    const made = element("pre", "answer");
    made.tabIndex = 0;
    if (pieces) made.append(...marked(pieces));
    else made.textContent = text;
    return made;
  };

  // The repeats as dots; those that are kept whole can be looked at.
  const dots = (result, shown, at, choose) => {
    const made = element("div", "dots");
    [...result.repeats].forEach((state, repeat) => {
      const [sign, word] = STATES[state];
      const place = shown.findIndex((one) => (one.repeat ?? 0) === repeat);
      const dot = element(place < 0 ? "span" : "button", `dot ${word}`, sign);
      const label = `repeat ${repeat + 1}: ${word}`;
      dot.title = place < 0 ? `${label}, kept in the journal alone` : label;
      if (place >= 0) {
        dot.type = "button";
        dot.setAttribute("aria-label", label);
        dot.setAttribute("aria-pressed", String(place === at));
        dot.addEventListener("click", () => choose(place));
      } else {
        dot.setAttribute("role", "img");
        dot.setAttribute("aria-label", dot.title);
      }
      made.append(dot);
    });
    return made;
  };

  const first = (result, shown) => Math.max(0, shown.findIndex((one) => result.repeats[one.repeat ?? 0] !== "p"));

  const side = (suite, one, whole, place, chosen, choose) => {
    const [arm, result] = [suite.arms[place], one.arms[place]];
    const made = element("div", "side");
    const name = element("div", "name", element("b", "", arm.version), element("span", "soft", arm.model));
    if (!arm.candidate) name.append(element("span", "soft", "baseline"));
    made.append(name);
    if (!result) {
      made.append(element("pre", "gone", "not run"));
      return made;
    }
    const at = chosen[place];
    const shown = whole.arms[place].shown[at];
    if (result.repeats.length > 1) made.append(dots(result, whole.arms[place].shown, at, (next) => choose(place, next)));
    if (!shown) return made;
    // A baseline is marked against the first candidate that it stands beside, a candidate against its own baseline.
    const other = arm.candidate ? arm.baseline : suite.arms.findIndex((two) => two.baseline === place);
    const theirs = other === null || other < 0 ? undefined : whole.arms[other]?.shown[chosen[other]];
    const [said, beside] = [shown.output, theirs?.output ?? null].map((at) => (at === null ? null : whole.text(at)));
    let pieces = null;
    if (said !== null && beside !== null && said !== beside) {
      const both = arm.candidate ? differences(beside, said) : differences(said, beside);
      pieces = both && both[arm.candidate ? 1 : 0];
    }
    made.append(measures(shown), answer(said, pieces), scores(suite, whole.text, shown));
    return made;
  };

  const vars = (whole) => {
    if (!whole.vars) return "";
    const list = element("dl", "vars");
    whole.vars.forEach(([name, value]) => {
      const said = element("dd", "", whole.text(value));
      said.tabIndex = 0;
      list.append(element("dt", "", visible(name)), said);
    });
    return element("section", "", element("h4", "", "Vars"), list);
  };

  const messages = (suite, whole) => {
    const made = element("section");
    const known = new Set();
    for (const place of order(suite)) {
      const sent = whole.arms[place]?.messages;
      const key = JSON.stringify(sent);
      if (!sent || known.has(key)) continue;
      known.add(key);
      const fold = element("details", "", element("summary", "", `Messages sent, ${suite.arms[place].version}`));
      for (const [role, text] of sent) {
        const body = element("pre", "", whole.text(text));
        body.tabIndex = 0;
        fold.append(element("h4", "", role), body);
      }
      made.append(fold);
    }
    return made.childElementCount > 0 ? made : "";
  };

  const about = (suite, one, several, link) => {
    const made = element("p", "about");
    const put = (word, text) => made.append(element("span", `pill ${word}`, text));
    one.arms.forEach((result, place) => {
      if (!result || !suite.arms[place].candidate) return;
      const whose = several ? `${suite.arms[place].version} ` : "";
      const [, word] = STATES[result.state];
      if (result.change) put(result.change === "fixed" ? "pass" : "fail", whose + CHANGES[result.change]);
      else put(word, whose + word);
      if (result.proof) put("fail", `${whose}proven broken: ${result.proof}`);
      if (result.flaky) put("doubt", `${whose}flaky`);
    });
    made.append(element("span", "", suite.name), ...one.tags.map((tag) => element("span", "tag", visible(tag))));
    const anchor = element("a", "", "link to this case");
    anchor.href = link;
    made.append(anchor);
    return made;
  };

  // Baselines stand left of what is compared with them.
  const order = (suite) => {
    const places = suite.arms.map((_, place) => place);
    return places.sort((a, b) => Number(suite.arms[a].candidate) - Number(suite.arms[b].candidate));
  };

  return (panel, suite, one, whole, link, back) => {
    const several = suite.arms.filter((arm) => arm.candidate).length > 1;
    const chosen = one.arms.map((result, place) => (result ? first(result, whole.arms[place].shown) : 0));
    const sides = element("div", "sides");
    const draw = () => {
      const choose = (place, next) => {
        chosen[place] = next;
        draw();
        sides.children[order(suite).indexOf(place)].querySelector('.dot[aria-pressed="true"]').focus();
      };
      sides.replaceChildren(...order(suite).map((place) => side(suite, one, whole, place, chosen, choose)));
    };
    draw();
    const leave = element("button", "back", "← all cases");
    leave.type = "button";
    leave.addEventListener("click", back);
    panel.replaceChildren(leave, element("h3", "", visible(one.id)), about(suite, one, several, link), sides, vars(whole),
      messages(suite, whole));
  };
})();
