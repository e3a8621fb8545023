# Kendall's tau-b between inherited and own accuracy, with 95 % bootstrap intervals over networks; overall, within bands of
# equal MACs (pairs of networks in the same third), and of MACs against own accuracy: what size alone would explain.
#   awk -f experiments/kendall.awk honesty.csv
BEGIN { FS = "," ; srand(1); draws = 2000 }
NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
{
  n++
  macs[n] = $column["macs"]
  inherited["digital", n] = $column["inherited"];  own["digital", n] = $column["alone"]
  inherited["1d", n] = $column["inherited_1d"];    own["1d", n] = $column["alone_1d"]
}

function sign(x) { return x > 0 ? 1 : x < 0 ? -1 : 0 }

# Of the networks pick[1..m]; kind "inherited" or "macs"; banded: only pairs in the same third of the sizes.
function tau(kind, time, m, banded,    i, j, a, b, x, y, both, only_x, only_y) {
  both = only_x = only_y = 0
  for (i = 1; i < m; ++i)
    for (j = i + 1; j <= m; ++j) {
      a = pick[i]; b = pick[j]
      if (banded && third[a] != third[b]) continue
      x = kind == "macs" ? sign(macs[a] - macs[b]) : sign(inherited[time, a] - inherited[time, b])
      y = sign(own[time, a] - own[time, b])
      both += x * y; only_x += x * x; only_y += y * y
    }
  return only_x * only_y > 0 ? both / sqrt(only_x * only_y) : 0
}

function report(label, kind, time, banded,    i, d, t, low, high, swapped, value) {
  for (i = 1; i <= n; ++i) pick[i] = i
  value = tau(kind, time, n, banded)
  for (d = 1; d <= draws; ++d) {
    for (i = 1; i <= n; ++i) pick[i] = 1 + int(rand() * n)
    sample[d] = tau(kind, time, n, banded)
  }
  # Shell sort: awk has none.
  for (gap = int(draws / 2); gap > 0; gap = int(gap / 2))
    for (d = gap + 1; d <= draws; ++d) {
      t = sample[d]
      for (i = d; i > gap && sample[i - gap] > t; i -= gap) sample[i] = sample[i - gap]
      sample[i] = t
    }
  printf "| %s | %s | %.2f | %.2f .. %.2f |\n", label, time, value, sample[int(draws * 0.025)], sample[int(draws * 0.975)]
}

END {
  if (n < 6) { print "kendall.awk: error: fewer than 6 networks" > "/dev/stderr"; exit 1 }
  for (i = 1; i <= n; ++i) {
    smaller = 0
    for (j = 1; j <= n; ++j) smaller += macs[j] < macs[i] || (macs[j] == macs[i] && j < i)
    third[i] = int(smaller * 3 / n)
  }
  print "| tau between own accuracy and | accuracy | Kendall's tau-b | 95 % interval |"
  print "|---|---|---|---|"
  times[1] = "digital"; times[2] = "1d"
  for (k = 1; k <= 2; ++k) {
    report("inherited accuracy", "inherited", times[k], 0)
    report("inherited accuracy, within thirds of equal MACs", "inherited", times[k], 1)
    report("MACs", "macs", times[k], 0)
  }
}
