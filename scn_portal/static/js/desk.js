// “On the desk” on public pages, for staff. The page is the same for everybody: only a browser in which staff have
// signed in has the cookie `desk`, and only then is the portal asked whether the desk has a page about this one.
const script = document.currentScript;

async function link() {
  const answer = await fetch(`${script.dataset.ask}?path=${encodeURIComponent(location.pathname)}`, {
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  if (!answer.ok) return;
  const { href, label } = await answer.json();
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.textContent = label;
  anchor.className = "on-the-desk";
  document.querySelector(".site-header .reader").prepend(anchor);
}

// Signed out meanwhile, or away from the network: the page stays as it is for all.
if (/(^|; )(__Host-)?desk=1(;|$)/.test(document.cookie)) link().catch(() => {});
