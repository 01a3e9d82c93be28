/* A button to copy each command. Without this file, or where the browser copies nothing, there is none. */

const copy = async (block, button, status) => {
  const { copied, copy: label } = block.dataset;
  await navigator.clipboard.writeText(block.querySelector("code").textContent);
  button.textContent = status.textContent = copied;
  setTimeout(() => {
    button.textContent = label;
    status.textContent = "";
  }, 2000);
};

if (navigator.clipboard) {
  document.querySelectorAll(".copyable").forEach((block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `${block.dataset.labelledby}-copy`;
    button.textContent = block.dataset.copy;
    // “Copy Request: List cities”: of many buttons, each says what it copies.
    button.setAttribute("aria-labelledby", `${button.id} ${block.dataset.labelledby}`);
    // There before it says anything: a region that appears with its text is not announced.
    const status = document.createElement("span");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    button.addEventListener("click", () => copy(block, button, status));
    block.append(button, status);
  });
}
