// The form "Thay đổi thông tin": registered and new certificate, contact data, commitment, and what becomes of it.

import { getRegistration } from "./api.js";
import { certificateCard } from "./certificate-card.js";
import { pendingSubmission, registerChange } from "./change-flow.js";
import { contactFields, historyTable, progress, showSuccess } from "./change-parts.js";
import { ClientSigner } from "./client-signer.js";
import { signsByClient } from "./config.js";
import { h, nextId } from "./dom.js";
import { Abandoned } from "./errors.js";
import { button } from "./fields.js";
import { NewCertificate } from "./new-certificate.js";
import { currentAccount } from "./session.js";
import { clearToast, toast, toastError } from "./toast.js";

const COMMITMENT = "Cơ quan/tổ chức tôi cam kết hoàn toàn chịu trách nhiệm trước pháp luật về tính chính xác, trung thực của"
  + " nội dung nêu trên";
const NOT_TICKED = "Bạn chưa tích vào ô cam kết.";
const UNCLEAR = "Chưa rõ hồ sơ đã được tiếp nhận hay chưa. Hãy chọn Kiểm tra lại để xem chứng thư số đang đăng ký trước khi"
  + " thực hiện lại.";

class ChangeForm {
  title = "Thay đổi thông tin";
  #left = new AbortController();
  #busy = false;
  #unclear = false;
  #loaded = false;
  #registered = certificateCard("registered", "Chứng thư số đang đăng ký");
  #new = signsByClient() ? new ClientSigner() : new NewCertificate(() => this.#refresh());
  #contact = contactFields();
  #history = historyTable();
  #progress = progress();
  #box = h("input", { id: nextId("mat-checkbox"), type: "checkbox", formcontrolname: "commitment", class: "mat-checkbox-input" });
  #register = button("Đăng ký thay đổi thông tin", { class: "mat-button primary", disabled: true, onclick: () => this.#press() });
  #withdraw = button("Hủy yêu cầu ký", { hidden: true, onclick: () => this.#new.client?.cancel() });
  #again = button("Kiểm tra lại", { hidden: true, onclick: () => this.#load() });

  constructor() {
    this.element = this.#render(currentAccount());
    this.#box.addEventListener("change", () => {
      this.#box.removeAttribute("aria-invalid");
      this.#refresh();
    });
    this.#load();
  }

  /** The form is left: what is being signed is cancelled, and nothing is submitted any more. */
  leave() {
    this.#left.abort();
    this.#new.stop();
  }

  #render({ unit, taxCode }) {
    const facts = [["Đơn vị", unit.Ten], ["Mã số thuế", taxCode], ["Mã đơn vị", unit.Ma], ["Cơ quan quản lý", unit.TenCQ]];
    return h("app-change-information", {},
      h("div", { class: "page-head" }, h("h1", {}, this.title),
        h("p", {}, "Đăng ký chứng thư số mới để ký hồ sơ điện tử gửi cơ quan bảo hiểm xã hội.")),
      h("dl", { class: "unit-facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("div", { class: "certificates" }, this.#registered.element, this.#new.element),
      this.#contact.element,
      h("section", { class: "card commitment", "aria-label": "Cam kết và đăng ký" },
        h("mat-checkbox", { class: "mat-checkbox" }, this.#box, h("label", { for: this.#box.id }, COMMITMENT)),
        h("div", { class: "actions" }, this.#progress.element, this.#again, this.#withdraw, this.#register)),
      this.#history.element);
  }

  async #load() {
    this.#loaded = false;
    this.#refresh();
    this.#again.hidden = true;
    this.#new.stop();
    this.#registered.wait("Đang tải…");
    try {
      if (pendingSubmission()) { // sent from this form before it was left and entered again
        this.#progress.step("sending");
        await pendingSubmission().catch(() => {}); // told where it was awaited
      }
      const registration = await getRegistration();
      if (this.#left.signal.aborted) return;
      this.#show(registration);
      this.#progress.say("");
      this.#unclear = false;
      this.#loaded = true;
      this.#new.read();
    } catch (error) {
      if (this.#left.signal.aborted) return;
      this.#registered.say(error.message, "Tải lại", () => this.#load());
      toastError(error);
    }
    this.#refresh();
  }

  #show(registration) {
    this.#registered.show(registration.registered);
    this.#contact.show(registration);
    this.#history.show(registration.history);
  }

  #refresh() {
    const ready = this.#loaded && this.#new.ready(this.#box.checked) && !this.#unclear;
    this.#register.disabled = !ready || this.#busy;
    this.#box.disabled = this.#busy;
    this.#contact.lock(this.#busy);
    if (!this.#busy) this.#withdraw.hidden = true;
  }

  async #press() {
    if (this.#busy) return;
    if (!this.#box.checked) {
      toast("error", NOT_TICKED, "BOX_NOT_TICKED");
      this.#box.setAttribute("aria-invalid", "true");
      this.#box.focus();
      return;
    }
    clearToast();
    this.#busy = true;
    this.#refresh();
    const contact = this.#contact.values();
    const request = { ...contact, unit: currentAccount().unit.Id, commitment: true };
    try {
      const answer = await registerChange(request, this.#new, this.#left.signal, (step) => this.#step(step));
      this.#busy = false;
      await this.#succeed(answer, contact);
    } catch (error) {
      this.#busy = false;
      this.#fail(error);
    }
  }

  #step(step) {
    this.#progress.step(step);
    this.#withdraw.hidden = !this.#new.client || ["preparing", "sending"].includes(step);
  }

  async #succeed(answer, contact) {
    showSuccess(answer, contact.email);
    if (this.#left.signal.aborted) return;
    this.#registered.show(answer.registered);
    this.#box.checked = false;
    this.#progress.say("Đã thay đổi thông tin thành công.", "good");
    this.#new.done();
    this.#refresh();
    // only the history is still missing; that it cannot be read changes nothing about the success
    const registration = await getRegistration({ quiet: true }).catch(() => null);
    if (registration && !this.#left.signal.aborted) this.#show(registration);
  }

  #fail(error) {
    const left = this.#left.signal.aborted;
    if (error instanceof Abandoned || error.code === "SESSION_EXPIRED" || (left && !error.submitted)) return;
    toastError(error);
    if (left) return;
    this.#unclear = Boolean(error.submitted && error.unclear);
    this.#progress.say(this.#unclear ? UNCLEAR : error.message, "bad");
    this.#again.hidden = !this.#unclear;
    this.#refresh();
    this.#contact.complain(error);
    if (document.activeElement === document.body) (this.#unclear ? this.#again : this.#register).focus();
  }
}

export const changeView = () => new ChangeForm();
