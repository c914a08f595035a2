// Measures, right after the picture was taken, where on the page the parts are that change from run to run, and which
// fonts of this machine it is drawn in; then hides from the accessibility tree what no snapshot may hold (secrets) or
// need hold. The overlay's removal undoes that.
({ host: hostName, changing, masked, ignored, above, until, fullPage }) => {
    const SAMPLE = "Đăng ký thay đổi thông tin chữ ký số: Ứng, Ộc, Ỹ – AQgjy 0123456789";
    const LAST = ["serif", "monospace"];
    const USUAL = /[!-~]|\p{Script=Latin}/u;
    const { root, undo, isSecret, roots } = document.querySelector(hostName).figure;
    const [left, top] = fullPage ? [scrollX, scrollY] : [0, 0];
    const box = (element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x + left, y + top, width, height].map((value) => Math.round(value * 10) / 10);
    };
    const all = (selector) => Array.from(document.querySelectorAll(selector)).filter((found) => found.checkVisibility());
    const dialog = above ? all(above).at(-1) : undefined;
    const region = (element, name) => ({ name, box: box(element), inside: Boolean(dialog?.contains(element)) });
    const regions = [...changing, ...masked, ...ignored].flatMap((selector) => all(selector)
        .map((element, at) => region(element, `${selector} ${at}`)));
    for (const badge of root.querySelectorAll(".badge")) regions.push({ name: "", box: box(badge), inside: true });
    const texts = changing.flatMap(all).map((element) => (element.value ?? element.innerText).replace(/\s+/g, " ").trim());

    const hide = (element) => {
        const before = element.getAttribute("aria-hidden");
        element.setAttribute("aria-hidden", "true");
        undo.push(() => (before === null ? element.removeAttribute("aria-hidden") : element.setAttribute("aria-hidden", before)));
    };
    const secrets = roots(document).flatMap((place) => Array.from(place.querySelectorAll("input"))).filter(isSecret);
    const label = (field) => field.getAttribute("aria-label") ?? field.labels?.[0]?.innerText ?? field.placeholder ?? "";
    const names = secrets.filter((field) => field.checkVisibility()).map(label);
    secrets.forEach(hide);
    ignored.flatMap(all).forEach(hide);

    // What of the text that counts is drawn in fonts of this machine, as a number; "" when the page brings all of them. A
    // page's own font belongs to the page: another one is a change of the page.
    const pen = document.createElement("canvas").getContext("2d");
    const measure = (font, text, round = Math.round) => {
        pen.font = font;
        const { width, actualBoundingBoxAscent, actualBoundingBoxDescent, actualBoundingBoxRight } = pen.measureText(text);
        return [width, actualBoundingBoxAscent, actualBoundingBoxDescent, actualBoundingBoxRight].map((value) => round(value)).join();
    };
    const exactly = (font, text) => {
        pen.textRendering = "geometricPrecision"; // as the font says, not rounded to pixels by this machine
        const found = measure(font, text, (value) => value.toFixed(2));
        pen.textRendering = "auto";
        return found;
    };
    const bare = (family) => family.trim().replace(/^["']|["']$/g, "");
    const brought = new Set(Array.from(document.fonts).filter((face) => face.status === "loaded")
        .map((face) => bare(face.family)));
    const covered = [...changing, ...masked, ...ignored].join() || ":not(*)";
    const used = new Map();
    for (const element of document.querySelectorAll("body *")) {
        const text = Array.from(element.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE)
            .map((node) => node.data).join("") + (element.value ?? "") + (element.placeholder ?? "");
        if (!text.trim() || secrets.includes(element) || element.closest(covered) || !element.checkVisibility()) continue;
        const { fontStyle, fontWeight, fontFamily, textRendering } = getComputedStyle(element);
        const face = JSON.stringify([`${fontStyle} ${fontWeight}`, fontFamily, textRendering]);
        used.set(face, (used.get(face) ?? "") + text);
    }
    const prints = new Set();
    for (const [face, text] of used) {
        const [look, families, rendering] = JSON.parse(face);
        const first = families.split(",")[0];
        const width = (size) => {
            pen.font = `${look} ${size}px ${families}`;
            return pen.measureText(SAMPLE).width;
        };
        const exact = rendering.toLowerCase() === "geometricprecision";
        if (!exact && Math.abs(width(15) * 10 - width(150)) > 1) prints.add("hinted"); // rounded to pixels by this machine
        // A letter that the first font lacks is drawn as if that were not there; where both fonts of the machine draw it
        // alike (another script), only this shows it. Asked of letters that a font may lack only: two fonts often have
        // one of the alphabet alike. With no font on the machine but the page's own, nothing does.
        const drawn = (letter, last) => exactly(`${look} 100px ${first}, ${last}`, letter);
        const alike = (letter) => LAST.filter((last) => drawn(letter, last) === exactly(`${look} 100px ${last}`, letter)).length;
        const differs = !alike(SAMPLE);
        const lacks = (letter) => drawn(letter, LAST[0]) !== drawn(letter, LAST[1])
            || (differs && !USUAL.test(letter) && alike(letter) === LAST.length);
        const machine = Array.from(new Set(text.replace(/\s/g, ""))).sort()
            .filter((letter) => !brought.has(bare(first)) || lacks(letter));
        if (machine.length) prints.add(measure(`${look} 100px ${families}`, brought.has(bare(first)) ? machine.join("") : SAMPLE));
    }
    let print = 0x811c9dc5;
    for (const char of Array.from(prints).sort().join(";")) print = Math.imul(print ^ char.charCodeAt(0), 0x01000193) >>> 0;
    return { regions, texts, secrets: names, above: dialog ? box(dialog) : null,
        until: until && all(until).length ? box(all(until)[0])[1] : null,
        fonts: prints.size ? print.toString(16).padStart(8, "0") : "", scale: devicePixelRatio };
}
