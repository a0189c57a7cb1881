/* The slider and the button of an animation. Each finds its frames from where it stands in the page. */

function turn(slider) {
  const figure = slider.closest('figure');
  const frames = figure.querySelectorAll('img');
  frames.forEach((frame, i) => (frame.style.display = i == slider.value ? 'block' : 'none'));
  const label = frames[slider.value].title;
  figure.querySelector('output').textContent = label;
  slider.setAttribute('aria-valuetext', label);
}

function play(button) {
  const slider = button.closest('figure').querySelector('input');
  const go = (value) => {
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
  };
  const stop = () => {
    clearInterval(button.timer);
    button.timer = 0;
    button.textContent = 'Play';
  };
  if (button.timer) {
    stop();
    return;
  }
  go(+slider.value >= +slider.max ? 0 : slider.value);
  button.textContent = 'Pause';
  button.timer = setInterval(() => {
    if (+slider.value >= +slider.max || !button.isConnected) stop();
    else go(+slider.value + 1);
  }, 800); /* milliseconds a frame */
}

