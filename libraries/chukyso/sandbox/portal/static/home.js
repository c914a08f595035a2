// The home page. All of its text is invented.

import { h, icon } from "./dom.js";
import { followAddress } from "./login.js";

const SERVICES = [
  ["pen", "Thay đổi thông tin chữ ký số", "Đăng ký chứng thư số mới thay cho chứng thư số đang dùng.", "#/thay-doi-thong-tin"],
  ["people", "Tham gia bảo hiểm", "Báo tăng, báo giảm, điều chỉnh đóng cho người lao động."],
  ["card", "Thẻ bảo hiểm y tế", "Cấp mới, cấp lại, đổi thẻ cho người tham gia."],
  ["care", "Chế độ ngắn hạn", "Đề nghị hưởng ốm đau, thai sản, dưỡng sức."],
  ["book", "Sổ bảo hiểm xã hội", "Cấp lại, gộp sổ, xác nhận quá trình đóng."],
  ["search", "Tra cứu hồ sơ", "Theo dõi tình trạng xử lý và nhận kết quả."],
];
const NOTICES = [
  ["12/11", "Gia hạn chứng thư số: đăng ký lại trước khi chứng thư số cũ hết hạn ít nhất ba ngày làm việc."],
  ["05/11", "Bảo trì định kỳ từ 22 giờ ngày thứ Bảy đến 4 giờ ngày Chủ nhật tuần thứ hai hằng tháng."],
  ["28/10", "Kiểm tra thư điện tử và số điện thoại liên hệ để nhận thông báo kết quả hồ sơ."],
];
const STEPS = [
  ["Đăng nhập", "Cắm USB Token, đăng nhập bằng mã số thuế của tổ chức."],
  ["Kiểm tra thông tin", "Chọn mục Thay đổi thông tin, đối chiếu chứng thư số mới, tích ô cam kết."],
  ["Xác nhận và ký", "Chọn OK ở cửa sổ chứng thư số, nhập mã PIN rồi chọn Chấp nhận."],
  ["Nhận kết quả", "Xem thông báo trên màn hình và thư điện tử xác nhận."],
];

export function homeView() {
  const element = h("app-home", {},
    h("section", { class: "hero" },
      h("div", { class: "hero-inner" },
        h("h1", {}, "Dịch vụ công trực tuyến cho đơn vị sử dụng lao động"),
        h("p", {}, "Nộp hồ sơ, ký số và nhận kết quả qua mạng, không phải đến trụ sở cơ quan bảo hiểm xã hội."))),
    h("div", { class: "home-columns" },
      h("section", { id: "dich-vu", "aria-labelledby": "services-title", tabindex: "-1" },
        h("h2", { id: "services-title" }, "Dịch vụ"),
        h("ul", { class: "tiles" }, SERVICES.map(tile))),
      h("section", { id: "thong-bao", class: "notices", "aria-labelledby": "notices-title", tabindex: "-1" },
        h("h2", { id: "notices-title" }, "Thông báo"),
        h("ul", {}, NOTICES.map(([day, text]) => h("li", {}, h("span", { class: "notice-day" }, day), h("span", {}, text)))))),
    h("section", { id: "huong-dan", class: "steps", "aria-labelledby": "steps-title", tabindex: "-1" },
      h("h2", { id: "steps-title" }, "Thay đổi thông tin chữ ký số trong bốn bước"),
      h("ol", {}, STEPS.map(([name, text]) => h("li", {}, h("strong", {}, name), h("span", {}, text))))));
  return {
    title: "Trang chủ",
    element,
    update: (query) => {
      const section = Array.from(element.querySelectorAll("section[id]")).find(({ id }) => id === query.get("muc"));
      section?.scrollIntoView();
      section?.focus({ preventScroll: true });
      followAddress();
    },
  };
}

function tile([shape, name, text, address]) {
  const inside = [
    h("span", { class: "tile-icon" }, icon(shape)),
    h("span", { class: "tile-text" }, h("strong", {}, name), " ", h("span", {}, text),
      address ? null : h("em", {}, "Không có trong bản mô phỏng")),
  ];
  return h("li", {}, address ? h("a", { class: "tile", href: address }, inside) : h("div", { class: "tile absent" }, inside));
}
