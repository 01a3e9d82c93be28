// Beside a form: similar practices while title and summary are written, and how a text will look.
// Without scripts the similar practices are those of the saved text, and the preview is a page of its own.
"use strict";
{
  const PAUSE = 1500;
  const form = document.querySelector("form#editing");

  const fragment = async (address, values) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...values });
    const response = await fetch(address, { method: "POST", body, redirect: "error" });
    return response.ok ? response.text() : "";
  };

  const show = (place, html) => {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...parsed.body.childNodes);
  };

  const beside = document.querySelector("[data-similar]");
  if (form && beside) {
    let timer;
    const fields = [...form.querySelectorAll("[name^=title_], [name^=summary_]")];
    const look = async () => {
      const words = fields.map((field) => field.value).join(" ");
      const html = await fragment(beside.dataset.similar, { words }).catch(() => "");
      if (html) show(beside.querySelector("div"), html);
    };
    for (const field of fields) {
      field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
    }
  }

  const address = form?.dataset.asItLooks;
  for (const area of address ? form.querySelectorAll("textarea[data-markdown]") : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "as-link";
    button.textContent = form.dataset.asItLooksLabel;
    const place = document.createElement("div");
    place.className = "as-it-looks";
    place.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      const html = await fragment(address, { text: area.value, language: area.lang }).catch(() => "");
      if (html) show(place, html);
    });
    area.after(button, place);
  }
}
