/* What a reader changes in an explorer: the query and the head that are looked at, how the next token is drawn, or how
   sure a model is. */

function look(figure, target) {
  const button = target.closest('button');
  const queries = [...figure.querySelectorAll('button')];
  if (button) {
    for (const query of queries) {
      query.setAttribute('aria-pressed', query === button);
      query.style.fontWeight = query === button ? 'bold' : 'normal';
      query.style.textDecoration = query === button ? 'underline' : 'none';
    }
  }
  const now = queries.findIndex((query) => query.getAttribute('aria-pressed') === 'true');
  const head = figure.querySelector('select');
  const row = JSON.parse(figure.dataset.weights)[head ? head.value : 0][now];
  const top = row.indexOf(Math.max(...row));
  const keys = [...figure.querySelectorAll('[data-key]')];
  keys.forEach((key, i) => {
    if ('patches' in figure.dataset) {
      key.style.background = `rgba(0,0,0,${(0.85 * (1 - row[i] / row[top])).toFixed(2)})`;
      key.style.outline = key === queries[now] ? '2px solid #fff' : 'none';
      return;
    }
    /* From white to the blue of plots.COLORS, with ink of enough contrast: as in exploring.py. */
    const [r, g, b] = [0, 114, 178].map((blue) => Math.round(255 + row[i] * (blue - 255)));
    key.style.background = `rgb(${r},${g},${b})`;
    key.style.color = row[i] > 0.92 ? '#fff' : '#000';
    key.lastElementChild.textContent = `${Math.round(100 * row[i])}%`;
  });
  const [asks, asked] = [queries[now], keys[top]].map((token) => token.dataset.token);
  figure.querySelector('[role=status]').textContent = `“${asks}” attends most to “${asked}”: ${Math.round(100 * row[top])}%`;
}

function draw(figure) {
  const logits = JSON.parse(figure.dataset.logits); /* the largest first */
  const sliders = [...figure.querySelectorAll('input')];
  const [temperature, step, p] = sliders.map((slider) => +slider.value);
  const k = JSON.parse(sliders[1].dataset.steps)[step];
  const total = (weights) => weights.reduce((sum, weight) => sum + weight, 0);
  const before = logits.slice(0, k).map((logit) => Math.exp(logit - logits[0]));
  const enough = p * total(before);
  let kept = 0;
  for (let sum = 0; kept < k && (p === 1 || sum < enough); kept++) sum += before[kept];
  const weights = logits.slice(0, kept).map((logit) => Math.exp((logit - logits[0]) / temperature));
  const whole = total(weights);
  const shares = weights.map((weight) => weight / whole);
  const bars = [...figure.querySelectorAll('[data-bar]')];
  const rest = total(shares.slice(bars.length - 1));
  bars.forEach((bar, i) => {
    const share = i === bars.length - 1 ? rest : shares[i] || 0;
    bar.style.width = `${100 * share}%`;
    bar.parentElement.nextElementSibling.textContent = `${(100 * share).toFixed(1)}%`;
  });
  const said = [temperature.toFixed(2), k === logits.length ? `all ${k}` : k, p.toFixed(2)];
  sliders.forEach((slider, i) => {
    slider.setAttribute('aria-valuetext', said[i]);
    slider.nextElementSibling.textContent = said[i];
  });
  figure.querySelector('[role=status]').textContent = `${kept} of ${logits.length} tokens can follow`;
}

function calibrate(figure) {
  const slider = figure.querySelector('input');
  const temperature = +slider.value;
  const rows = [...figure.querySelectorAll('tr')];
  const bins = rows.map(() => ({ n: 0, said: 0, right: 0 })); /* from confidence 0.5 to 1 */
  let all = 0;
  for (const [logit, n, right] of JSON.parse(figure.dataset.answers)) {
    const confidence = 1 / (1 + Math.exp(-logit / temperature));
    const bin = bins[Math.min(Math.floor(2 * bins.length * confidence) - bins.length, bins.length - 1)];
    bin.n += n;
    bin.said += n * confidence;
    bin.right += right;
    all += n;
  }
  let error = 0;
  rows.forEach((row, i) => {
    const { n, said, right } = bins[i];
    error += Math.abs(said - right) / all;
    const shares = [said, right].map((sum) => (n ? (100 * sum) / n : 0));
    [...row.querySelectorAll('[data-bar]')].forEach((bar, j) => {
      bar.style.width = `${shares[j]}%`;
    });
    const [says, is] = shares.map((share) => share.toFixed(1));
    row.lastElementChild.textContent = n ? `says ${says}%, right ${is}% of ${n}` : 'none';
  });
  slider.setAttribute('aria-valuetext', temperature.toFixed(2));
  slider.nextElementSibling.textContent = temperature.toFixed(2);
  figure.querySelector('[role=status]').textContent = `Expected calibration error ${error.toFixed(3)}`;
}
