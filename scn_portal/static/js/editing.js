// Words are kept on the server a moment after a pause in typing; nobody leaves a page with unkept ones unasked.
// Without scripts the form works all the same: see docs/decisions/0013.
"use strict";
{
  const PAUSE = 2000;
  const RETRY = 8000;
  const SIGN_OF_LIFE = 180_000;
  const TIMEOUT = 20_000;

  const form = document.querySelector("form[data-keep]");
  const state = document.querySelector("#editing-state");
  const others = document.querySelector("#editing-others");

  const words = () => {
    const data = new FormData(form);
    // What is searched for is not what is written.
    for (const name of ["csrfmiddlewaretoken", "find_words", "found_words"]) data.delete(name);
    return new URLSearchParams([...data].filter(([, value]) => typeof value === "string")).toString();
  };
  let kept = form && words();
  let time = state?.dataset.time;
  let timer, keeping;
  let leaving = false;
  let ready = false;

  const say = (template, problem = "") => {
    state.textContent = [template.replace("{time}", time), problem].filter(Boolean).join(". ");
  };

  // A sign-in in another tab has changed the token; the cookie holds the one that is good now.
  const renewToken = () => {
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
    if (token) form.elements.csrfmiddlewaretoken.value = token;
  };

  const showOthers = (sentences) => {
    if ([...others.children].map((each) => each.textContent).join() === sentences.join()) return;
    others.replaceChildren(...sentences.map((sentence) => {
      const notice = document.createElement("p");
      notice.className = "notice";
      notice.textContent = sentence;
      return notice;
    }));
  };

  const send = (keepalive) => {
    const body = new FormData(form);
    // Files are sent once, with the form itself.
    for (const [name, value] of [...body]) if (typeof value !== "string") body.delete(name);
    const request = { method: "POST", body, redirect: "error" };
    if (keepalive) return fetch(form.dataset.keep, { ...request, keepalive });
    return fetch(form.dataset.keep, { ...request, signal: AbortSignal.timeout(TIMEOUT) });
  };

  // Whether the server was reached, and is not away for a while (503): else the form stays where it is.
  const keep = async ({ keepalive = false } = {}) => {
    clearTimeout(timer);
    const typed = words();
    renewToken();
    try {
      // Browsers refuse more than 64 kB of what may outlive its page.
      const response = keepalive ? await send(true).catch(() => send(false)) : await send(false);
      const isJson = response.headers.get("Content-Type")?.includes("json");
      const answer = isJson ? await response.json() : {};
      if (response.ok) {
        [kept, time] = [typed, answer.time];
        showOthers(answer.others);
        say(state.dataset.saved);
      } else {
        say(state.dataset.unsaved, response.status >= 500 ? state.dataset.away : answer.problem);
      }
      return response.status < 500;
    } catch {
      say(state.dataset.unsaved, state.dataset.offline);
      return false;
    } finally {
      if (words() !== kept) wait(words() === typed ? RETRY : PAUSE);
    }
  };

  // One request at a time: an older one that arrives late would overwrite newer words.
  const keepInTurn = (options) => {
    keeping = (keeping ?? Promise.resolve()).then(() => (leaving ? true : keep(options)));
    return keeping;
  };

  const wait = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(keepInTurn, delay);
  };

  const typed = (event) => {
    const choice = event.target.closest("[data-choice]");
    if (choice && event.target.type !== "radio") choice.querySelector("[value=yours]").checked = true;
    wait(PAUSE);
  };

  const letGo = () => {
    ready = leaving = true;
    clearTimeout(timer);
    renewToken();
  };

  const submitted = async (event) => {
    if (ready) return;
    // Sent as it is: a browser ignores requestSubmit() while it is still sending this very event.
    if (words() === kept && !state.dataset.busy) {
      letGo();
      return;
    }
    event.preventDefault();
    if (state.dataset.busy) return;
    state.dataset.busy = "yes";
    const isReached = await keepInTurn();
    delete state.dataset.busy;
    // Without a connection the page stays, with all that it holds.
    if (!isReached) return;
    letGo();
    form.requestSubmit(event.submitter);
  };

  if (form && state) {
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    form.addEventListener("submit", submitted);
    addEventListener("beforeunload", (event) => {
      if (!leaving && words() !== kept) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && words() !== kept) keepInTurn({ keepalive: true });
    });
    addEventListener("pagehide", () => { if (!leaving && words() !== kept) keep({ keepalive: true }); });
    addEventListener("online", () => { if (words() !== kept) keepInTurn(); });
    // A page that comes back from memory may be older than what was kept since.
    addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.href); });
    setInterval(() => { if (!document.hidden) keepInTurn(); }, SIGN_OF_LIFE);
  }
}
