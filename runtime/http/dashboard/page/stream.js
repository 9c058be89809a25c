// HTTP to the server that this page came from: JSON and server-sent events. Streams are read with fetch,
// because EventSource cannot send a key.

const KEY = "g4-key"; // of the tab's storage

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

/** An answer that is an error; `status` is HTTP's, or 0 for an error inside of a stream. */
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function errorOf(response) {
  const text = await response.text();
  try {
    return new ServerError(response.status, JSON.parse(text).error.message);
  } catch {
    return new ServerError(response.status, `the server answered ${response.status}`);
  }
}

/** The response to a request; with `body` it is a POST of JSON. Throws ServerError for a status but 200. */
export async function request(path, { body, signal } = {}) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    cache: "no-store",
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** The data of each event of a stream, as text. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const parts = rest.split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        if (part.startsWith("data: ")) yield part.slice(6);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The events of a stream that ends with [DONE], as JSON. Throws if it ends without. */
async function* jsonEvents(response) {
  for await (const data of events(response)) {
    if (data === "[DONE]") return;
    yield JSON.parse(data);
  }
  throw new ServerError(0, "the answer was cut off");
}

/** The chunks of a streamed chat; the last one has the usage. Throws ServerError if the answer has no end. */
export async function* chat(body, signal) {
  const full = { ...body, stream: true, stream_options: { include_usage: true } };
  for await (const chunk of jsonEvents(await request("/v1/chat/completions", { body: full, signal }))) {
    if (chunk.error) throw new ServerError(0, chunk.error.message);
    yield chunk;
  }
}

/**
 * Several chats in one stream, because a browser has but six connections to a server. `begin(requestId)` is
 * called when it has begun: chat i is request `${requestId}.${i}`. Yields {chat: i, chunk} or {chat: i, error}.
 */
export async function* chats(bodies, { signal, begin }) {
  const response = await request("/g4/chats", { body: { chats: bodies }, signal });
  begin(response.headers.get("X-Request-Id"));
  yield* jsonEvents(response);
}
