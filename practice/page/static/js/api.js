// Asks the server. Two ways to fail: the workspace says why not (`Cannot`), or it isn't there (`Gone`).

export class Cannot extends Error {}
export class Gone extends Error {}

export async function get(path, params = {}) {
  return await answer(() => fetch(`${path}?${new URLSearchParams(params)}`, { cache: "no-store" }));
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return await answer(() => fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export const act = (verb, given) => post(`/practice/act/${verb}`, given);
export const turn = (verb, given) => post(`/practice/switch/${verb}`, given);

async function answer(ask) {
  let response;
  try {
    response = await ask();
  } catch {
    throw new Gone("The practice workspace doesn't answer; look whether its program still runs.");
  }
  const json = response.headers.get("content-type")?.startsWith("application/json");
  const body = json ? await response.json() : { cannot: await response.text() };
  if (!response.ok) throw new Cannot(body.cannot ?? body.error ?? `refused with status ${response.status}`);
  return body;
}
