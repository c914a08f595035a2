// Measures, right after the picture was taken, where on the page the parts are that change from run to run, and what
// the fonts of this machine look like; then hides from the accessibility tree what no snapshot may hold (secrets) or
// need hold. The overlay's removal undoes that.
({ host: hostName, changing, masked, ignored, above, until, fullPage, fonts }) => {
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

    // What a text looks like in the machine's own fonts, as a number: two machines with one number draw alike.
    const canvas = new OffscreenCanvas(640, 28);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    let print = 0x811c9dc5;
    for (const font of fonts) {
        pen.clearRect(0, 0, 640, 28);
        pen.font = `16px ${font}`;
        pen.fillText("Đăng ký thay đổi thông tin chữ ký số: Ứng, Ộc, Ỹ – AQgjy 0123456789", 2, 20);
        const pixels = new Uint32Array(pen.getImageData(0, 0, 640, 28).data.buffer);
        for (const pixel of pixels) print = Math.imul(print ^ pixel, 0x01000193) >>> 0;
    }
    return { regions, texts, secrets: names, above: dialog ? box(dialog) : null,
        until: until && all(until).length ? box(all(until)[0])[1] : null,
        fonts: print.toString(16).padStart(8, "0"), scale: devicePixelRatio };
}
