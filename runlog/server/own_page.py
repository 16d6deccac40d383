"""What the page of a server for oneself runs in a browser.

The token comes behind ``#``, which browsers send to no server, and is taken out of the address at once. It is kept for
the tab, by address and port: a cookie would go to every port of this machine, also to those where others listen. What
runs and their experiments are called becomes text, never markup.
"""

from __future__ import annotations

import base64
import hashlib

SCRIPT = """
const place = document.getElementById("own");
const say = (text) => { place.textContent = text; };
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", "/");
}
const token = sessionStorage.getItem("token");
const row = (kind, texts) => {
  const line = document.createElement("tr");
  line.append(...texts.map((text) => {
    const cell = document.createElement(kind);
    cell.textContent = text ?? "";
    return cell;
  }));
  return line;
};
const show = (runs) => {
  const table = document.createElement("table");
  const started = (run) => run.created === null ? "" : new Date(run.created / 1e6).toLocaleString();
  table.append(row("th", ["run", "name", "experiment", "status", "started"]));
  for (const run of runs) table.append(row("td", [run.id, run.name, run.experiment, run.status, started(run)]));
  place.replaceChildren(table);
};
const look = async () => {
  const answer = await fetch("/api/v1/runs?limit=30", { headers: { Authorization: "Bearer " + token } });
  const told = await answer.json();
  if (!answer.ok) say(told.message);
  else if (told.items.length === 0) say("There are no runs yet.");
  else show(told.items);
};
if (token) look().catch((fault) => say("The server does not answer: " + fault.message));
else say("Open the address that `runlog ui` printed, with all that follows #token=, to see your runs.");
"""
_DIGEST = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
POLICY = f"script-src 'sha256-{_DIGEST}'; connect-src 'self'"
"""What the page may do beyond that of other servers."""
RUNS = f'<h2>The newest runs</h2><div id="own">Scripts are off in this browser.</div><script>{SCRIPT}</script>'
STYLE = """
#own { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .9rem .25rem 0; text-align: left; white-space: nowrap; } th { color: var(--faint); }
"""
