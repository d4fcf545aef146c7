// Two texts word by word: what both say stays unmarked.
const differences = (() => {
  // Words of each text that are compared: the work grows with their product.
  const MOST = 1500;
  // A word goes with the space behind it, so that words changed in a row are marked in one.
  const split = (text) => text.match(/\s+|[\p{L}\p{N}\p{M}_]+\s*|[^\s\p{L}\p{N}\p{M}_]\s*/gu) ?? [];

  const put = (side, kind, word) => {
    const end = side[side.length - 1];
    if (end && end[0] === kind) end[1] += word;
    else side.push([kind, word]);
  };

  // Whether two words are the same, and the space behind them where both have one: the last word of a text has none.
  const alike = (a, b) => {
    const cut = (words) => words.map((word) => word.trimEnd());
    const [left, right] = [cut(a), cut(b)];
    return (i, j) => left[i] === right[j] && (a[i] === b[j] || a[i] === left[i] || b[j] === right[j]);
  };

  // Lengths of longest common subsequences of all pairs of ends.
  const table = (a, b, same) => {
    const width = b.length + 1;
    const best = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) {
        best[i * width + j] = same(i, j) ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      }
    }
    return (i, j) => best[i * width + j];
  };

  return (before, after) => {
    let [a, b] = [split(before), split(after)];
    let start = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
    let end = 0;
    while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
    const head = a.slice(0, start).join("");
    const tail = end ? a.slice(-end).join("") : "";
    [a, b] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
    if (a.length > MOST || b.length > MOST) return null;
    const same = alike(a, b);
    const best = table(a, b, same);
    const [left, right] = [[["", head]], [["", head]]];
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && same(i, j)) {
        put(left, "", a[i]);
        put(right, "", b[j]);
        i += 1;
        j += 1;
      } else if (j >= b.length || (i < a.length && best(i + 1, j) >= best(i, j + 1))) {
        put(left, "del", a[i]);
        i += 1;
      } else {
        put(right, "ins", b[j]);
        j += 1;
      }
    }
    put(left, "", tail);
    put(right, "", tail);
    return [left, right];
  };
})();

// Pieces of a text as nodes.
const marked = (pieces) => pieces.map(([kind, words]) => (kind ? element(kind, "", words) : words));

// Answers of two runs are compared once somebody unfolds them.
for (const fold of document.querySelectorAll("details.changed")) {
  fold.addEventListener("toggle", () => {
    const sides = [...fold.querySelectorAll("pre")];
    const [before, after] = sides.map((side) => side.textContent);
    const both = sides.length === 2 && before !== after ? differences(before, after) : null;
    both?.forEach((pieces, place) => sides[place].replaceChildren(...marked(pieces)));
  }, { once: true });
}
