"use strict";
// Everything from a manifest goes into the page as text, or as an address that was quoted when the data was written.
(() => {
  const [ADDRESS, STARTED, OUTCOME, MST, OWNER, UNIT, PROFILE, REHEARSAL, CODE, SEQUENCE, CHAIN, FIGURES, STRIP, REPORT, SEALED] = Array(15).keys();
  const HOUR = 3600, VIETNAM = 7 * HOUR, AROUND = 3;
  const rows = globalThis.RUNS || [];
  const at = (name) => document.getElementById(name);
  const list = at("list"), shown = new Map();
  const chips = [...document.querySelectorAll(".chip")];
  const words = new Map(chips.map((chip) => [chip.dataset.outcome, { tone: chip.classList[1], text: chip.childNodes[1].data.trim() }]));
  const picked = new Set();
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("đ", "d");
  const clock = (seconds) => new Date((seconds + VIETNAM) * 1000).toISOString();
  const number = (value) => value.toLocaleString("vi-VN");
  const index = rows.map((row) => plain([row[MST], row[OWNER], row[UNIT], row[CODE], row[PROFILE], row[CHAIN]].join("\n")));
  let result = [], height = 0;

  const make = (name, style, text) => {
    const element = document.createElement(name);
    if (style) element.className = style;
    if (text) element.textContent = text;
    return element;
  };
  const link = (style, address, text) => {
    const element = make("a", style, text);
    element.href = address;
    element.target = "_blank";
    element.rel = "noopener";
    return element;
  };

  function draw(row) {
    const { tone, text } = words.get(row[OUTCOME]) || words.get("");
    const run = make("div", "run " + tone), when = make("div", "when"), who = make("div", "who"), thumbs = make("div", "thumbs");
    run.setAttribute("role", "listitem");
    const [year, month, day] = clock(row[STARTED]).slice(0, 10).split("-");
    when.append(make("p", "day", row[STARTED] ? `${day}/${month}/${year}` : "Không rõ ngày"));
    when.append(make("p", "time", row[STARTED] ? clock(row[STARTED]).slice(11, 19) : ""), make("span", "badge", text));
    const owner = make("p", "owner", row[OWNER] || (row[OUTCOME] ? "Chưa biết tên đơn vị" : decodeURIComponent(row[ADDRESS])));
    owner.title = owner.textContent;
    const mst = make("p", "mst");
    mst.append("MST ", make("span", "code", row[MST] || "chưa rõ"), row[UNIT] ? ` · đơn vị ${row[UNIT]}` : "");
    const about = make("p", "about");
    const kind = row[REHEARSAL] ? "diễn tập" : row[PROFILE] ? `cổng ${row[PROFILE]}` : "";
    // The code comes first: at the end it might be cut off.
    if (row[CODE]) about.append(make("span", "code error", row[CODE]), " ");
    about.append([row[SEQUENCE] ? `số ${row[SEQUENCE]} trong chuỗi ${row[CHAIN]}` : "", kind].filter(Boolean).join(" · "));
    const links = make("div", "links");
    if (row[REPORT]) links.append(link("", row[ADDRESS] + "/evidence/report.html", row[OUTCOME] === "unfinished" ? "Biên bản lập lại" : "Biên bản"));
    if (row[SEALED]) links.append(link("", row[ADDRESS] + "/evidence/report.pdf", "PDF niêm phong"));
    links.append(link("", row[ADDRESS] + "/", "Thư mục"));
    who.append(owner, mst, about, links);
    const places = row[FIGURES].length;
    for (let place = 0; place < places; place += 1) {
      const taken = row[FIGURES][place] === "1";
      const thumb = taken ? link("thumb", `${row[ADDRESS]}/figures/figure-${place + 1}.png`) : make("span", "thumb");
      thumb.title = taken ? `Hình ${place + 1}` : `Không có Hình ${place + 1}`;
      thumb.setAttribute("aria-label", thumb.title);
      if (taken && row[STRIP]) {
        thumb.style.backgroundImage = `url("${row[STRIP]}")`;
        thumb.style.backgroundSize = `${places * 100}% 100%`;
        thumb.style.backgroundPosition = `${places > 1 ? place * 100 / (places - 1) : 0}% 0`;
      }
      thumb.append(make("i", "", String(place + 1)));
      thumbs.append(thumb);
    }
    run.append(when, who, thumbs);
    return run;
  }

  // Only what can be seen is in the page: so it is as quick with ten thousand runs as with ten.
  function show() {
    const top = list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - AROUND);
    const last = Math.min(result.length, Math.ceil((innerHeight - top) / height) + AROUND);
    for (const [place, element] of shown) {
      if (place < first || place >= last) {
        element.remove();
        shown.delete(place);
      }
    }
    for (let place = first; place < last; place += 1) {
      if (!shown.has(place)) {
        const element = draw(rows[result[place]]);
        element.style.top = `${place * height}px`;
        shown.set(place, element);
        list.append(element);
      }
    }
  }

  function layOut() {
    height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
    list.style.height = `${result.length * height}px`;
    for (const element of shown.values()) element.remove();
    shown.clear();
    show();
  }

  function search() {
    const wanted = plain(at("text").value).split(/\s+/).filter(Boolean);
    const day = (name, after) => at(name).value ? Date.parse(at(name).value) / 1000 - VIETNAM + after : null;
    const from = day("from", 0), to = day("to", 24 * HOUR);
    const counts = new Map(), found = [];
    for (let place = 0; place < rows.length; place += 1) {
      const row = rows[place];
      if (from !== null && row[STARTED] < from || to !== null && row[STARTED] >= to) continue;
      if (!wanted.every((word) => index[place].includes(word))) continue;
      counts.set(row[OUTCOME], (counts.get(row[OUTCOME]) || 0) + 1);
      if (!picked.size || picked.has(row[OUTCOME])) found.push(place);
    }
    const order = at("order").value;
    if (order === "old") found.reverse();
    if (order === "mst") found.sort((one, other) => rows[one][MST] < rows[other][MST] ? -1 : rows[one][MST] > rows[other][MST] ? 1 : one - other);
    result = found;
    for (const chip of chips) {
      const count = counts.get(chip.dataset.outcome) || 0;
      chip.querySelector("b").textContent = number(count);
      chip.hidden = chip.dataset.outcome === "" && !count && !picked.has("");
    }
    at("count").textContent = `${number(found.length)} / ${number(rows.length)} lần chạy`;
    at("empty").hidden = found.length > 0;
    if (scrollY > list.offsetTop) scrollTo(0, 0);
    layOut();
  }

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const name = chip.dataset.outcome;
      if (!picked.delete(name)) picked.add(name);
      chip.setAttribute("aria-pressed", String(picked.has(name)));
      search();
    });
  }
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["text", "from", "to", "order"]) at(name).addEventListener("input", search);
  addEventListener("scroll", () => requestAnimationFrame(show), { passive: true });
  addEventListener("resize", layOut);
  search();
})();
