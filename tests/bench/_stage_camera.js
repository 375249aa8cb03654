/**
 * A camera whose pictures say when they were taken: the time code of the test picture (media/timecode.py) over something that moves.
 * Injected into the guest's page; what the page gets is an ordinary MediaStream of a canvas, captured, encoded and sent like any other.
 */
(() => {
  const WIDTH = 640, HEIGHT = 360, RATE = 15, BLOCKS = 40, STRIP = HEIGHT / 12;
  const camera = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    const context = canvas.getContext("2d", { alpha: false });
    const paint = () => {
      const ms = Math.floor(performance.timeOrigin + performance.now()) % 2 ** 32;
      const sum = (3 * (ms >>> 24) + 5 * ((ms >>> 16) & 255) + 7 * ((ms >>> 8) & 255) + 11 * (ms & 255) + 0x5a) & 255;
      context.fillStyle = "#356";
      context.fillRect(0, 0, WIDTH, HEIGHT);
      context.fillStyle = "#fd8";
      context.fillRect((ms / 5) % WIDTH, 200, 60, 60);
      for (let i = 0; i < BLOCKS; i += 1) {
        const bit = i < 32 ? (ms >>> (31 - i)) & 1 : (sum >>> (BLOCKS - 1 - i)) & 1;
        context.fillStyle = bit ? "#fff" : "#000";
        context.fillRect((i * WIDTH) / BLOCKS, 0, WIDTH / BLOCKS, STRIP);
      }
    };
    paint();
    setInterval(paint, 1000 / RATE);
    return canvas.captureStream(RATE).getVideoTracks()[0];
  };
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(camera());
    }
    return stream;
  };
  // Every session that the page opens, to see that going on air opens none.
  const Direct = window.WebTransport;
  window.opened = 0;
  window.WebTransport = class extends Direct {
    constructor(url, options) {
      super(url, options);
      window.opened += 1;
    }
  };
})();
