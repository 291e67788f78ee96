// Loaded first: every TCP server of the process listens on 127.0.0.1 only; by themselves these take every interface.
// The process ends when whoever started it does, since its standard input closes then.
require('node:dns').setDefaultResultOrder('ipv4first');
const { Server } = require('node:net');
const listen = Server.prototype.listen;
Server.prototype.listen = function (...given) {
  const [first] = given;
  if (first && typeof first === 'object') {
    const inherited = first._handle || first.path !== undefined || first.fd !== undefined;
    return listen.call(this, inherited ? first : { ...first, host: '127.0.0.1' }, ...given.slice(1));
  }
  const done = given.filter((value) => typeof value === 'function');
  const port = typeof first === 'function' || first == null ? 0 : Number(first);
  return listen.call(this, { port, host: '127.0.0.1' }, ...done);
};
