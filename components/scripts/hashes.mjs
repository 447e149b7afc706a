// Keeps keys out of nginx' maps that would not fit into one of the maps' buckets. Runs in njs, with the engine QuickJS.
//
// nginx looks for a table size at which every bucket has room for its keys. Keys of the same hash share a bucket at any
// size: if they do not fit, nginx tries every size there is, for seconds, at each reload.
// https://nginx.org/en/docs/hash.html

/** Bytes of a bucket, `map_hash_bucket_size`, of which its end takes 8. */
const room = 512 - 8;

/** What precedes a host or an entry of a list in a key: a method of up to 14 letters and a scheme, or a number. */
const maxBefore = 24;

function sizeOf(text) {
  return 8 + Math.ceil((text.length + maxBefore + 2) / 8) * 8;
}

/** The lower half of nginx' own hash: keys that differ there may be equal here, but never the other way round. */
function hashOf(text) {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** Entries of the same hash that do not fit into a bucket; each is given with its text. */
function crowds(entries) {
  if (entries.reduce((sum, entry) => sum + sizeOf(entry.text), 0) <= room) return [];
  const byHash = new Map();
  entries.forEach((entry) => {
    const hash = hashOf(entry.text);
    const others = byHash.get(hash);
    if (others === undefined) byHash.set(hash, [entry]);
    else others.push(entry);
  });
  return Array.from(byHash.values()).filter(
    (some) => some.length > 1 && some.reduce((sum, { text }) => sum + sizeOf(text), 0) > room,
  );
}

/** Whether a list has entries that do not fit. */
function isCrowded(list) {
  return crowds(list.map((text) => ({ text }))).length > 0;
}

/** The texts by which nginx finds a route's host: one with a method can have the hash of another with another method. */
function keysOf({ match, keys }) {
  return match === undefined ? [] : match.hosts.concat((keys || []).map((key) => key.toLowerCase()));
}

/**
 * Routes without those that crowd their hosts: of these, it leaves out all of the namespace that has most, so that
 * nobody can have another's routes left out.
 * @param leftOut gets the reason for each route that is left out, by its id
 */
function uncrowded(routes, leftOut) {
  const owners = new Map();
  routes.forEach((route) =>
    keysOf(route).forEach((text) => {
      const of = owners.get(text) || [];
      of.push(route);
      owners.set(text, of);
    }),
  );
  const [crowd] = crowds(Array.from(owners).map(([text, of]) => ({ text, of })));
  if (crowd === undefined) return routes;
  const shares = new Map();
  const involved = [].concat(...crowd.map(({ of }) => of));
  involved.forEach(({ namespace }) => shares.set(namespace, (shares.get(namespace) || 0) + 1));
  const most = Math.max(...shares.values());
  const gone = new Set(involved.filter(({ namespace }) => shares.get(namespace) === most));
  gone.forEach(({ id, isFormer }) => {
    if (!isFormer) leftOut[id] = "its hosts are too many of one hash for nginx";
  });
  return uncrowded(
    routes.filter((route) => !gone.has(route)),
    leftOut,
  );
}

export default { isCrowded, uncrowded };
