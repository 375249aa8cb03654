/** The peer of `make bench NAME=sync`: @moq/watch's element with its defaults. `#url=…&name=…&fingerprint=…` says what it plays. */
import MoqWatch from "@moq/watch/element";

const to = new URLSearchParams(location.hash.slice(1));
const peer = new MoqWatch();
peer.connection.webtransport = {
  serverCertificateHashes: [{ algorithm: "sha-256", value: to.get("fingerprint") ?? "" }],
};
// The WebSocket would go past the network that the bench makes.
peer.connection.websocket = { enabled: false };
peer.append(document.createElement("canvas"));
peer.setAttribute("name", to.get("name") ?? "");
document.body.append(peer);
peer.setAttribute("url", to.get("url") ?? "");
