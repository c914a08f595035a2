(html, order) => {
  // Sees what a person points at in one document, and describes it. Evaluated with (html, order); keeps its state in the
  // window, under a symbol of ours. Values of fields are never read, nor is the text of what is only to be read
  // (docs/learn.md). Everything is described before the page reacts, and nothing of the page is changed.
  const KEY = Symbol.for("chukyso.learn");
  const ACTIONS = "a[href],button,input,select,textarea,summary,label,option,[role=button],[role=link],[role=menuitem]," +
    "[role=tab],[role=radio],[role=checkbox],[role=option],[role=switch],[routerlink],[ng-click],[onclick]";
  const FIELDS = "input:not([type=hidden]),textarea,select,[contenteditable=true],[role=textbox],[role=combobox]";
  const BOX = "input[type=checkbox],input[type=radio],[role=checkbox],[role=radio]";
  const HEADINGS = "h1,h2,h3,h4,h5,h6,legend,caption,summary,[role=heading],mat-card-title,mat-panel-title";
  const HELD = ["pointerdown", "mousedown", "pointerup", "mouseup", "touchstart", "touchend", "click", "dblclick", "auxclick"];
  const LONGEST = 160, LABEL = 80, DEPTH = 14;
  const IMPLICIT = {
    BUTTON: "button", A: "link", SELECT: "combobox", TEXTAREA: "textbox", OPTION: "option", TABLE: "table", TR: "row",
    TD: "cell", TH: "columnheader", NAV: "navigation", MAIN: "main", ASIDE: "complementary", DIALOG: "dialog", IMG: "img",
    FIELDSET: "group", FORM: "form", SECTION: "region", UL: "list", LI: "listitem", SUMMARY: "button",
  };
  const INPUTS = {
    button: "button", submit: "button", reset: "button", image: "button", checkbox: "checkbox", radio: "radio",
    range: "slider", number: "spinbutton", search: "searchbox", hidden: "", file: "button",
  };
  const NAMED_BY_CONTENT = ["button", "link", "menuitem", "menuitemradio", "tab", "radio", "checkbox", "option", "switch", "heading"];

  const flat = (text) => (text || "").replace(/\s+/g, " ").trim();
  const parentOf = (node) => node.parentElement || (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);
  const textOf = (node) => {
    if (node.matches("script,style,template,input,textarea,select")) return "";
    return flat(node.innerText === undefined ? node.textContent : node.innerText);
  };
  const closest = (node, selector) => {
    for (let one = node; one; one = parentOf(one)) if (one.matches(selector)) return one;
    return null;
  };

  function roleOf(node) {
    const given = flat(node.getAttribute("role")).split(" ")[0];
    if (given) return given;
    if (node.tagName === "INPUT") return INPUTS[node.type] ?? (node.list ? "combobox" : "textbox");
    if (/^H[1-6]$/.test(node.tagName)) return "heading";
    const sectioning = node.parentElement && node.parentElement.closest("article,aside,main,nav,section");
    if (node.tagName === "HEADER") return sectioning ? "" : "banner";
    if (node.tagName === "FOOTER") return sectioning ? "" : "contentinfo";
    if (node.tagName === "A" && !node.hasAttribute("href")) return "";
    return IMPLICIT[node.tagName] || "";
  }

  function byIds(node, attribute) {
    const ids = flat(node.getAttribute(attribute)).split(" ").filter(Boolean);
    return flat(ids.map((id) => node.getRootNode().getElementById?.(id)).filter(Boolean).map(textOf).join(" "));
  }

  // The name, and where it comes from; content counts only where a person presses.
  function nameOf(node, role) {
    const control = node.labels && node.labels.length ? flat(Array.from(node.labels).map(textOf).join(" ")) : "";
    const caption = node.matches("fieldset,table,details") &&
      Array.from(node.children).find((one) => one.matches("legend,caption"));
    const ways = [
      ["labelledby", byIds(node, "aria-labelledby")],
      ["aria", flat(node.getAttribute("aria-label"))],
      ["label", control],
      ["value", node.matches("input[type=button],input[type=submit],input[type=reset]") ? flat(node.value) : ""],
      ["alt", node.matches("img,input[type=image]") ? flat(node.getAttribute("alt")) : ""],
      ["caption", caption ? textOf(caption) : ""],
      ["content", NAMED_BY_CONTENT.includes(role) && !node.matches("input") ? contentName(node) : ""],
      ["title", flat(node.getAttribute("title"))],
      ["placeholder", flat(node.getAttribute("placeholder"))],
    ];
    const [from, name] = ways.find((way) => way[1]) || ["", ""];
    return { name: name.slice(0, LONGEST * 3), from };
  }

  function contentName(node) {
    const pictures = Array.from(node.querySelectorAll("img[alt]")).map((one) => one.alt);
    return flat([...pictures, textOf(node)].join(" "));
  }

  function attributesOf(node) {
    const kept = {};
    for (const { name, value } of node.attributes) {
      const named = /^(id|role|name|title|alt|placeholder|type|for|href|routerlink|autocomplete|aria-label|formcontrolname|formgroupname|ng-model|ng-reflect-name|headers|scope)$/i;
      if (named.test(name) || (/^data-[a-z-]+$/.test(name) && !/^data-(v|react|ng|emotion|s)-/.test(name))) {
        if (value && value.length <= LONGEST) kept[name] = name === "href" ? node.getAttribute("href").split("?")[0] : value;
      }
    }
    return kept;
  }

  // The element within a label that has the text itself, and that text: what stands beside it (a star) is left out.
  function spoken(label) {
    if (label.matches("script,style,input,select,textarea,button") || label.querySelector("input,select,textarea,button")) return null;
    const walker = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const own = flat(text.data);
      if (!/\p{L}/u.test(own)) continue;
      if (own.length > LABEL || textOf(label).length > own.length * 3 + 4) return null;
      return { text: own, self: text.parentElement === label, holder: text.parentElement.tagName.toLowerCase() };
    }
    return null;
  }

  function labelOf(how, label, extra) {
    const said = label && spoken(label);
    return said ? [{ how, tag: label.tagName.toLowerCase(), ...said, ...extra }] : [];
  }

  function before(node) {
    let near = true;
    for (let one = node.previousElementSibling, steps = 0; one && steps < 4; one = one.previousElementSibling, steps++) {
      if (!textOf(one)) { near = false; continue; }
      const found = labelOf("before", one, { near })[0];
      if (!found) return [];
      const index = Array.from(one.parentNode.children).indexOf(one);
      found.sure = one.matches(`th,dt,label,${HEADINGS}`) || /:$/.test(found.text);
      return found.sure || index % 2 === 0 ? [found] : [];
    }
    return [];
  }

  // "MST: <b>…</b>": the text of the parent right before the element.
  function beforeAsText(node) {
    const text = node.previousSibling;
    const own = text && text.nodeType === Node.TEXT_NODE ? flat(text.data) : "";
    if (!/\p{L}.*:$/u.test(own) || own.length > LABEL || !node.parentElement) return [];
    return [{ how: "parent", text: own, tag: node.parentElement.tagName.toLowerCase(), self: true, sure: true, near: true, holder: "" }];
  }

  // "[ ] I agree": the beginning of the text right behind a box, or behind what holds nothing but the box.
  function after(node) {
    if (!node.matches(BOX) && (textOf(node) || node.querySelectorAll(BOX).length !== 1)) return [];
    const cut = (text) => (text.length > 60 ? text.slice(0, 60).replace(/\s\S*$/, "") : text);
    const behind = { self: true, holder: "", sure: true, near: true };
    const text = node.nextSibling && node.nextSibling.nodeType === Node.TEXT_NODE ? flat(node.nextSibling.data) : "";
    if (/\p{L}/u.test(text) && node.parentElement)
      return [{ how: "around", tag: node.parentElement.tagName.toLowerCase(), text: cut(text), ...behind }];
    const next = node.nextElementSibling;
    const said = next && !next.querySelector("input,select,textarea") ? textOf(next) : "";
    return /\p{L}/u.test(said) ? [{ how: "after", tag: next.tagName.toLowerCase(), text: cut(said), ...behind }] : [];
  }

  // The label that stands in the element itself: a heading of its own, or "label: value" in one text.
  function within(node) {
    const cell = node.matches("tr,[role=row],li,dl > div") && node.children.length > 1 && node.firstElementChild;
    if (cell) return labelOf("heading", cell, { sure: cell.matches("th,dt,label,b,strong") || /:$/.test(textOf(cell)), near: true });
    const heading = Array.from(node.querySelectorAll(HEADINGS)).find((one) => !node.matches(HEADINGS) && labelOf("heading", one, {}).length);
    const first = node.firstElementChild;
    const found = heading ? labelOf("heading", heading, { sure: true, near: heading.parentElement === node }) : [];
    const inner = first && node.childNodes.length > 1 && Array.from(node.childNodes).some((one) => one.nodeType === Node.TEXT_NODE && flat(one.data));
    if (inner) found.push(...labelOf("inside", first, { sure: true, near: true }).filter((one) => /:$/.test(one.text)));
    const own = Array.from(node.childNodes).filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => flat(one.data)).find(Boolean);
    const said = own && own.match(/^(\p{L}[^:]{1,58}:)\s*\S/u);
    if (said) found.push({ how: "text", text: said[1], tag: node.tagName.toLowerCase(), self: true, sure: true, near: true, holder: "" });
    return found;
  }

  function gridOf(node) {
    const row = node.closest("tr,[role=row]");
    const table = node.closest("table,[role=table],[role=grid]");
    if (!row || !table || node.parentElement !== row || row.querySelector("[colspan]")) return null;
    const rows = Array.from(table.querySelectorAll("tr,[role=row]")).filter((one) => one.closest("table,[role=table],[role=grid]") === table);
    const place = Array.from(row.children).indexOf(node);
    const head = rows[0];
    const heads = head && head !== row && !head.querySelector("[colspan]") && head.querySelector("th,[role=columnheader]");
    const column = heads && head.children.length === row.children.length ? textOf(head.children[place]) : "";
    const said = place > 0 ? spoken(row.children[0]) : null;
    return column ? { column, row: said ? said.text : "", rows: rows.length - 1, plain: table.tagName === "TABLE" } : null;
  }

  function describe(node) {
    const role = roleOf(node);
    const { name, from } = nameOf(node, role);
    return {
      tag: node.tagName.toLowerCase(), role, name, name_from: from, attributes: attributesOf(node),
      classes: Array.from(node.classList).slice(0, 12),
      labels: [...before(node), ...beforeAsText(node), ...after(node), ...within(node)], grid: gridOf(node),
      shadow: node.getRootNode() instanceof ShadowRoot,
    };
  }

  function actionOf(node) {
    const found = closest(node, ACTIONS);
    if (found && found.tagName === "LABEL") return found.control || found;
    if (found) return found;
    let top = node;
    while (parentOf(top) && getComputedStyle(top).cursor === "pointer" && getComputedStyle(parentOf(top)).cursor === "pointer") top = parentOf(top);
    return top;
  }

  function fieldOf(node) {
    const found = closest(node, FIELDS);
    if (found) return found;
    const label = closest(node, "label");
    if (label && label.control) return label.control;
    for (let one = node, steps = 0; one && steps < 4; one = parentOf(one), steps++) {
      const inner = one.querySelectorAll(FIELDS);
      if (inner.length === 1) return inner[0];
      if (inner.length > 1) return null;
    }
    return null;
  }

  // From where on a description begins, and how many of it are as good as what was pointed at.
  function meantOf(node, purpose) {
    const chain = (from, last) => {
      const all = [from];
      while (all[all.length - 1] !== last && parentOf(all[all.length - 1])) all.push(parentOf(all[all.length - 1]));
      return all;
    };
    if (purpose === "press") {
      const action = actionOf(node);
      const inside = closest(node, "label") === null ? chain(node, action) : [action];
      return { start: action, good: inside.includes(action) ? inside : [action] };
    }
    if (purpose === "fill") {
      const field = fieldOf(node) || node;
      return { start: field, good: [field] };
    }
    let top = node;
    if (purpose === "read") {
      const same = (one) => one && textOf(one) === textOf(node) && textOf(node) && !top.matches("td,th,dd,li");
      while (same(parentOf(top))) top = parentOf(top);
      return { start: node, good: chain(node, top) };
    }
    for (let steps = 0; parentOf(top) && parentOf(top) !== document.body && steps < 6; steps++) top = parentOf(top);
    const all = chain(node, top);
    const frame = purpose === "frame" ? all.filter((one) => one !== node && textOf(one) !== textOf(node)) : all;
    return { start: frame[0] || node, good: frame.length ? frame : [node] };
  }

  function look(node, purpose) {
    const { start, good } = meantOf(node, purpose);
    const path = [];
    for (let one = start; one && one !== document.body && one !== document.documentElement && path.length < DEPTH; one = parentOf(one)) path.push(one);
    return { good, path: path.map(describe), reach: Math.max(1, path.filter((one) => good.includes(one)).length) };
  }

  function frames() {
    const all = [], search = (root) => {
      for (const one of root.querySelectorAll("*")) {
        if (one.matches("iframe,frame")) all.push(one);
        if (one.shadowRoot) search(one.shadowRoot);
      }
    };
    search(document);
    return all;
  }

  // Every element with its depth; texts only of what names something, or says what stands behind it.
  function outline(most) {
    const told = [], walk = (node, depth) => {
      if (told.length >= most || node.matches("script,style,template,noscript,head,svg *,option")) return;
      const { tag, role, attributes, classes, shadow } = describe(node);
      const own = Array.from(node.childNodes).filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => flat(one.data)).filter(Boolean);
      const names = node.closest(`${HEADINGS},th,dt,label,button,a,[role=button],[role=menuitem],[role=tab],[role=columnheader]`);
      const said = own.find((one) => names || /:$/.test(one)) || "";
      told.push({ tag, role, attributes, classes, shadow, depth, said: said.slice(0, LONGEST), text: own.length > 0 });
      for (const one of [...(node.shadowRoot ? node.shadowRoot.children : []), ...node.children]) walk(one, depth + 1);
    };
    walk(document.body, 0);
    return told;
  }

  function take(event) {
    const state = window[KEY];
    if (!event.isTrusted || !state.watching) return;
    const first = event.type === "pointerdown" || (event.type === "click" && event.detail === 0);
    if (first) {
      const node = event.composedPath().find((one) => one instanceof Element);
      if (node && node !== document.documentElement) {
        try {
          const { good, path, reach } = look(node, state.purpose);
          state.good = good;
          state.pointed = { path, reach };
        } catch (error) { // the page's console is no place for it
          state.pointed = { error: `${error.stack}` };
        }
      }
    }
    if (state.hold) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  if (!window[KEY]) {
    Object.defineProperty(window, KEY, { value: { watching: false, good: [], pointed: null }, enumerable: false });
    for (const kind of HELD) window.addEventListener(kind, take, { capture: true, passive: false });
  }
  const state = window[KEY];
  switch (order.do) {
    case "begin":
      Object.assign(state, { watching: true, hold: order.hold, purpose: order.purpose, pointed: null, good: [] });
      return null;
    case "keep": // a document that was loaded meanwhile begins, one that watches already goes on
      if (!state.watching || state.purpose !== order.purpose || state.hold !== order.hold)
        Object.assign(state, { watching: true, hold: order.hold, purpose: order.purpose, pointed: null });
      return null;
    case "end":
      Object.assign(state, { watching: false, hold: false, pointed: null });
      return null;
    case "poll": {
      const found = state.pointed;
      state.pointed = null;
      if (found && found.error) throw new Error(found.error);
      return found;
    }
    case "frames":
      return frames().map((one) => ({ path: look(one, "wait").path, reach: 1 }));
    case "outline":
      return document.body ? outline(order.most) : [];
    case "mean": // as if it had been pointed at; for the frame with this place in the list of frames
      state.frame = frames()[order.frame];
      return null;
    case "one": { // CSS as the run uses it: the document's own querySelectorAll, or that of a place
      const place = order.within ? html : document;
      const found = place.querySelectorAll(order.css);
      return { count: found.length, meant: found.length === 1 && state.good.includes(found[0]) };
    }
    case "is":
      return order.frame ? state.frame === html : state.good.includes(html);
    case "again":
      return look(html, order.purpose).path[0];
  }
  return null;
}
