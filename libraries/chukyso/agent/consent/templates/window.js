"use strict";
(() => {
  const { version, csrf, csrfHeader, state, over } = document.body.dataset;
  const form = document.querySelector("form");
  const news = document.querySelector("output");
  const pin = document.querySelector('input[type="password"]');
  const say = (text) => { if (news) news.textContent = text; };
  let pressed = false;

  async function press(answer) {
    if (pressed) return;
    pressed = true;
    const body = answer === "accept" && pin ? { pin: pin.value } : {};
    try {
      const response = await fetch(`${location.pathname}/${answer}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", [csrfHeader]: csrf },
        body: JSON.stringify(body),
        redirect: "error",
      });
      if (response.status === 425) {
        pressed = false;
        say("Chương trình đang lưu bằng chứng, xin chờ.");
      } else if (!response.ok) say("Cửa sổ này không còn hiệu lực.");
    } catch {
      say("Bộ ký số đã dừng.");
    }
    if (pin) pin.value = "";
  }

  if (form) {
    form.addEventListener("submit", (event) => { event.preventDefault(); press("accept"); });
    form.querySelector('button[type="button"]').addEventListener("click", () => press("cancel"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") press("cancel");
      const accept = form.elements.accept;
      if (event.key === "Enter" && event.target === document.body && accept && !accept.disabled) form.requestSubmit();
    });
  }

  async function follow() {
    for (;;) {
      const response = await fetch(`${state}?after=${version}`, { redirect: "error" });
      if (!response.ok) return;
      const now = await response.json();
      if (String(now.version) === version) {
        if (now.over) return;
        continue;
      }
      if (now.path && now.path !== location.pathname) location.replace(now.path);
      else location.reload();
      return;
    }
  }
  if (over !== "true") follow().catch(() => say("Bộ ký số đã dừng."));
})();
