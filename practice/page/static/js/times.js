// Times as somebody reads them: in the zone of the person whose page it is, never in the machine's.

const formats = new Map();

function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

const date = (seconds) => new Date(seconds * 1000);

export const clock = (seconds, zone) =>
  format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date(seconds));

export const toTheSecond = (seconds, zone) =>
  format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date(seconds));

export const day = (seconds, zone) =>
  format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(date(seconds));

export const dayAndClock = (seconds, zone) =>
  `${format(zone, { day: "numeric", month: "short" }).format(date(seconds))} ${clock(seconds, zone)}`;

// What a `datetime-local` field holds for an instant.
export function toField(seconds, zone) {
  const parts = Object.fromEntries(
    format(zone, {
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(date(seconds)).map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

// The instant that a `datetime-local` field means; where a clock was set back it is the earlier one.
export function fromField(text, zone) {
  const wanted = Date.parse(`${text}Z`) / 1000;
  if (Number.isNaN(wanted)) return null;
  let seconds = wanted;
  for (let round = 0; round < 3; round += 1) {
    seconds += wanted - Date.parse(`${toField(seconds, zone)}Z`) / 1000;
  }
  return Math.round(seconds);
}
