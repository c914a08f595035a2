// Prepares the page for a figure and marks elements as a printed guide does. Called once for every mark; each call draws
// all of them anew. Everything is drawn in a closed shadow root with constructed style sheets, which a strict
// Content-Security-Policy allows, and in the top layer, so that it lies above dialogs. Undone by removing the host.
async (element, { host: hostName, number, timeout, dots, personal }) => {
    const SHEET = `
        :host { all: initial; position: absolute; inset: 0 auto auto 0; margin: 0; padding: 0; border: 0;
            background: none; overflow: clip; pointer-events: none; z-index: 2147483647; }
        .frame, .badge, .cover { position: absolute; box-sizing: border-box; text-rendering: geometricPrecision; }
        .frame { border: 3px solid #d0021b; border-radius: 8px;
            box-shadow: 0 0 0 1.5px #fff, inset 0 0 0 1.5px #fff; }
        .badge { width: 26px; height: 26px; border-radius: 50%; background: #d0021b; color: #fff;
            border: 2px solid #fff; font: 700 14px/22px "Be Vietnam Pro", sans-serif;
            text-align: center; }
        .cover { overflow: hidden; white-space: nowrap; }`;

    // A state, not a time: fonts loaded, pictures decoded, every finite animation over. A spinner may turn for ever.
    const fontsReady = () => {
        document.documentElement.getBoundingClientRect(); // a layout that is due asks for fonts
        return document.fonts.ready;
    };
    const ready = async () => {
        await fontsReady();
        const pictures = Array.from(document.images).filter((image) => image.src && image.checkVisibility());
        await Promise.all(pictures.map((image) => image.decode().catch(() => undefined)));
        for (;;) {
            const running = document.getAnimations().filter((animation) => animation.playState === "running"
                && animation.effect?.getComputedTiming().endTime !== Infinity);
            if (!running.length) return true;
            await Promise.all(running.map((animation) => animation.finished.catch(() => undefined)));
        }
    };
    const inTime = (work) => Promise.race([work, new Promise((give) => setTimeout(give, timeout, false))]);

    // Whatever a field for a secret holds, and however the page shows it: its text is made invisible and so many dots are
    // drawn in its place, unless something lies above it.
    const SECRET = /passw|pwd|mật\s*khẩu|mat-?khau|\bpin\b|mã\s*pin/i;
    const isSecret = (field) => field.type === "password" || SECRET.test(
        [field.autocomplete, field.name, field.id, field.placeholder, field.getAttribute("formcontrolname"),
            field.getAttribute("aria-label")].join(" "));
    const roots = (root) => [root, ...Array.from(root.querySelectorAll("*"))
        .flatMap((node) => node.shadowRoot ? roots(node.shadowRoot) : [])];
    const secretFields = () => roots(document).flatMap((root) => Array.from(root.querySelectorAll("input")))
        .filter((field) => field.value && field.checkVisibility() && isSecret(field)
            && !["checkbox", "radio", "button", "submit", "hidden"].includes(field.type));
    const isHidden = (field, rect) => {
        const top = field.getRootNode().elementFromPoint(rect.x + rect.width / 2, rect.y + rect.height / 2);
        return !top || (top !== field && !top.contains(field));
    };

    const pageSize = () => {
        const page = document.documentElement;
        return { width: Math.max(page.scrollWidth, innerWidth), height: Math.max(page.scrollHeight, innerHeight) };
    };
    const place = (parent, name, x, y, width, height) => {
        const box = parent.appendChild(document.createElement("div"));
        box.className = name;
        for (const [key, value] of Object.entries({ left: x, top: y, width, height }))
            if (value !== undefined) box.style.setProperty(key, `${value}px`);
        return box;
    };
    const blank = (field, undo, more = {}) => {
        const invisible = { transition: "none", "-webkit-text-fill-color": "transparent", "text-shadow": "none", ...more };
        for (const [name, value] of Object.entries(invisible)) {
            const before = [field.style.getPropertyValue(name), field.style.getPropertyPriority(name)];
            field.style.setProperty(name, value, "important");
            undo.push(() => field.style.setProperty(name, ...before));
        }
    };
    const cover = (parent, field) => {
        const rect = field.getBoundingClientRect();
        if (isHidden(field, rect)) return;
        const style = getComputedStyle(field);
        const edge = (side) => parseFloat(style[`border${side}Width`]);
        const inset = (side) => parseFloat(style[`padding${side}`]);
        const height = rect.height - edge("Top") - edge("Bottom");
        const box = place(parent, "cover", rect.x + scrollX + edge("Left"), rect.y + scrollY + edge("Top"),
            rect.width - edge("Left") - edge("Right"), height);
        box.textContent = "•".repeat(dots);
        const look = { color: style.color, font: style.font, "line-height": `${height}px`,
            "padding-left": `${inset("Left")}px`, "text-align": style.textAlign };
        for (const [key, value] of Object.entries(look)) box.style.setProperty(key, value);
    };
    // Data about persons, by policy: what the profile's selectors name and what the patterns find. Text is covered in place,
    // by a highlight of one flat colour, so that it stays behind whatever lies above it; a field by its own background.
    const HIGHLIGHT = "chukyso-personal";
    const fieldTypes = /^(?!checkbox$|radio$|hidden$|file$|image$)/;
    const finder = ({ patterns, known, keep }) => {
        const exact = known.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        const searches = [...exact, ...patterns].map((source) => new RegExp(source, "gi"));
        const kept = (text) => keep.includes(text.replace(/[ .-]/g, ""));
        return (text) => searches.flatMap((search) => Array.from(text.matchAll(search)))
            .filter((match) => match[0] && !kept(match[0])).map((match) => [match.index, match.index + match[0].length]);
    };
    const block = (node) => {
        let element = node.parentElement;
        while (element?.parentElement && /^(inline|contents)/.test(getComputedStyle(element).display)) element = element.parentElement;
        return element;
    };
    // Texts as they read: an address may be spread over several elements of one line.
    const passages = (place) => {
        const found = [];
        const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const node = texts.currentNode;
            const home = block(node);
            if (found.at(-1)?.home !== home) found.push({ home, text: "", nodes: [] });
            const last = found.at(-1);
            last.nodes.push([last.text.length, node]);
            last.text += node.data;
        }
        return found;
    };
    const spot = (nodes, offset, end) => {
        const [start, node] = nodes.findLast(([begin]) => (end ? begin < offset : begin <= offset));
        return [node, offset - start];
    };
    const personalRanges = (find) => {
        const ranges = [];
        for (const place of roots(document)) {
            for (const { text, nodes } of passages(place)) {
                for (const [from, to] of find(text)) {
                    const range = document.createRange();
                    range.setStart(...spot(nodes, from, false));
                    range.setEnd(...spot(nodes, to, true));
                    ranges.push(range);
                }
            }
        }
        return ranges;
    };
    const coverPersonal = ({ undo, blanked }) => {
        const find = finder(personal);
        const isField = (node) => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);
        const named = roots(document).flatMap((place) => personal.selectors
            .flatMap((selector) => Array.from(place.querySelectorAll(selector))));
        const fields = roots(document).flatMap((place) => Array.from(place.querySelectorAll("input, textarea, select")))
            .filter((field) => fieldTypes.test(field.type) && !isSecret(field)
                && (named.includes(field) || find(field.selectedOptions?.[0]?.text ?? field.value).length));
        const ranges = personalRanges(find);
        for (const element of named.filter((one) => !isField(one))) {
            const range = document.createRange();
            range.selectNodeContents(element);
            ranges.push(range);
        }
        const colour = personal.colour;
        const sheet = new CSSStyleSheet();
        // Letters are not drawn at all: in the colour of what they lie on, their edges would still differ by one of 255.
        sheet.replaceSync(`::highlight(${HIGHLIGHT}) { color: transparent; -webkit-text-fill-color: transparent;
            background-color: ${colour}; text-shadow: none; text-decoration: none; }
            input::selection, textarea::selection { color: transparent; background-color: ${colour}; }`);
        const highlight = new Highlight(...ranges);
        highlight.priority = 2147483647;
        CSS.highlights.set(HIGHLIGHT, highlight);
        if (!getSelection().isCollapsed) getSelection().removeAllRanges(); // a selection is painted above highlights
        for (const place of roots(document)) {
            place.adoptedStyleSheets = [...place.adoptedStyleSheets, sheet];
            undo.push(() => { place.adoptedStyleSheets = place.adoptedStyleSheets.filter((other) => other !== sheet); });
        }
        undo.push(() => CSS.highlights.delete(HIGHLIGHT));
        for (const field of fields) {
            if (!blanked.has(field)) blank(field, undo, { background: colour, color: "transparent" });
            blanked.add(field);
        }
    };
    // What a badge must not hide: text, pictures and controls that can be seen.
    const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
        * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    const isSeen = (node, rect) => {
        const top = document.elementFromPoint((rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2);
        return top && (node.contains(top) || top.contains(node));
    };
    const obstacles = (area) => {
        const found = [];
        const keep = (node, rects) => found.push(...Array.from(rects).filter((r) => overlap(r, area) && isSeen(node, r)));
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        while (texts.nextNode()) {
            if (!texts.currentNode.data.trim()) continue;
            range.selectNodeContents(texts.currentNode);
            keep(texts.currentNode.parentElement, range.getClientRects());
        }
        for (const node of document.querySelectorAll("img, svg, input, select, textarea, button"))
            keep(node, node.getClientRects());
        return found;
    };
    const badgePlace = (target, box, limit) => {
        const size = 26;
        const [farLeft, farRight] = [box.left - size / 2 - 4, box.right - size / 2 + 4];
        const [farTop, farBottom] = [box.top - size / 2 - 4, box.bottom - size / 2 + 4];
        const middle = (box.top + box.bottom - size) / 2;
        const places = [[farLeft, farTop], [box.left - size - 2, middle], [farRight, farTop], [box.right + 2, middle],
            [farLeft, farBottom], [farRight, farBottom]];
        const hidden = obstacles({ left: box.left - size - 8, right: box.right + size + 8,
            top: box.top - size - 8, bottom: box.bottom + size + 8 });
        const own = target.getBoundingClientRect();
        const others = hidden.filter((r) => overlap(r, own) < own.width * own.height);
        const cost = ([x, y]) => others.reduce((sum, r) => sum + overlap(r, { left: x, right: x + size, top: y,
            bottom: y + size }), 0) + (x + scrollX < 1 || x + scrollX + size > limit.width - 1 ? size * size : 0);
        const costs = places.map(cost);
        return places[costs.indexOf(Math.min(...costs))];
    };
    const frame = (parent, { target, label }) => {
        const gap = 5;
        const size = 26;
        const limit = pageSize();
        const rect = target.getBoundingClientRect();
        const box = {
            left: Math.max(2 - scrollX, rect.left - gap), top: Math.max(2 - scrollY, rect.top - gap),
            right: Math.min(limit.width - 2 - scrollX, rect.right + gap),
            bottom: Math.min(limit.height - 2 - scrollY, rect.bottom + gap),
        };
        place(parent, "frame", box.left + scrollX, box.top + scrollY, box.right - box.left, box.bottom - box.top);
        const within = (value, most) => Math.min(Math.max(1, value), most - size - 1);
        const [x, y] = badgePlace(target, box, limit);
        const badge = place(parent, "badge", within(x + scrollX, limit.width), within(y + scrollY, limit.height));
        badge.textContent = String(label);
    };

    const settled = await inTime(ready());
    let host = document.querySelector(hostName);
    if (!host) {
        host = document.createElement(hostName);
        host.setAttribute("aria-hidden", "true");
        host.popover = "manual";
        const root = host.attachShadow({ mode: "closed" });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(SHEET);
        root.adoptedStyleSheets = [sheet];
        host.figure = { root, marks: [], undo: [], blanked: new Set(), isSecret, roots };
        document.documentElement.append(host);
        host.showPopover();
    }
    const { root, marks, undo, blanked } = host.figure;
    if (element) {
        element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
        marks.push({ target: element, label: number });
    }
    const { width, height } = pageSize();
    host.style.setProperty("width", `${width}px`);
    host.style.setProperty("height", `${height}px`);
    root.replaceChildren();
    for (const field of secretFields()) {
        if (!blanked.has(field)) blank(field, undo);
        blanked.add(field);
        cover(root, field);
    }
    if (personal) coverPersonal(host.figure);
    marks.forEach((mark) => frame(root, mark));
    await inTime(fontsReady()); // what was drawn may be the first in its font
    const brand = navigator.userAgentData?.brands.find(({ brand: name }) => /Chrom|Edge/.test(name));
    return { settled, page: location.href, browser: brand ? `${brand.brand} ${brand.version}` : navigator.userAgent };
}
