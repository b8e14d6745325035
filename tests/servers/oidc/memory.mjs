// Everything that the provider keeps, for as long as the process lives: two providers of one process share it.

const entries = new Map();

const keyOf = (model, id) => `${model}:${id}`;

function found(model, wanted) {
  for (const [key, payload] of entries) {
    if (key.startsWith(`${model}:`) && wanted(payload)) return payload;
  }
  return undefined;
}

export class Memory {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload) {
    entries.set(keyOf(this.model, id), payload);
  }

  async find(id) {
    return entries.get(keyOf(this.model, id));
  }

  async findByUid(uid) {
    return found(this.model, (payload) => payload.uid === uid);
  }

  async findByUserCode(userCode) {
    return found(this.model, (payload) => payload.userCode === userCode);
  }

  async consume(id) {
    entries.get(keyOf(this.model, id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(keyOf(this.model, id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of entries) {
      if (payload.grantId === grantId) entries.delete(key);
    }
  }
}
