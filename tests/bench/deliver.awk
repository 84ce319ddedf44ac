# Tables of deliver.sh's results: sender, in flight, deliveries, seconds, user us, system us, system calls or -, peak KiB.
# A row with system calls counts for them alone. kind: plain, tls or slow; bytes: akolhook_client_size for 10,000.
function median(key, what,    n, i, j, t, v) {
    n = count[key]
    for (i = 1; i <= n; i++) v[i] = value[key, what, i]
    for (i = 2; i <= n; i++) { t = v[i]; for (j = i; j > 1 && v[j - 1] > t; j--) v[j] = v[j - 1]; v[j] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function ratio(a, b) { return b ? sprintf("%.2f", a / b) : "-" }
{
    key = $1 SUBSEP $2
    if (!(key in place)) { place[key] = ++keys; name[keys] = $1; open[keys] = $2 }
    if ($7 != "-") { calls[key] = $7 / $3; next }
    i = ++count[key]
    value[key, "rate", i] = $3 / $4
    value[key, "cpu", i] = ($5 + $6) / $3
    value[key, "user", i] = $5 / $3
    value[key, "peak", i] = $8
}
END {
    title["plain"] = "plain"; title["tls"] = "TLS 1.3"; title["slow"] = "plain, each answered after 1 s"
    printf "\n%s\n%-14s %9s %12s %8s %8s %8s %9s %11s %9s %9s\n", title[kind], "sender", "in flight", "deliveries/s", "of raw",
           "CPU us", "user us", "sys calls", "of raw CPU", "peak KiB", "KiB/open"
    for (k = 1; k <= keys; k++) {
        key = name[k] SUBSEP open[k]; raw = "raw" SUBSEP open[k]; one = name[k] SUBSEP 1
        if (!count[key]) continue
        rate[key] = median(key, "rate"); cpu[key] = median(key, "cpu"); user[key] = median(key, "user"); peak[key] = median(key, "peak")
        printf "%-14s %9d %12.0f %8s %8.2f %8.2f %9s %11s %9d %9s\n", name[k], open[k], rate[key], ratio(rate[key], rate[raw]), cpu[key],
               user[key], key in calls ? sprintf("%.2f", calls[key]) : "-", ratio(cpu[key], cpu[raw]), peak[key],
               (open[k] >= 64 && one in peak) ? sprintf("%.1f", (peak[key] - peak[one]) / (open[k] - 1)) : "-"
    }
    if (kind == "slow") exit
    ours = "akolhook" SUBSEP 64; signs = "raw-signs" SUBSEP 64; raw = "raw" SUBSEP 64; wrk = "wrk" SUBSEP 64; multi = "curl-multi" SUBSEP 64
    printf "\n64 in flight, deliveries/s: %s of the raw loop", ratio(rate[ours], rate[raw])
    if (signs in rate) printf ", %s of one that signs", ratio(rate[ours], rate[signs])
    if (wrk in rate) printf ", %s of wrk", ratio(rate[ours], rate[wrk])
    if (multi in rate) printf ", %s of libcurl multi", ratio(rate[ours], rate[multi])
    printf kind == "plain" ? " (targets 0.92, 1.00, 2.00)\n" : " (targets 0.90, 1.00)\n"
    if (kind != "plain") exit
    printf "64 in flight, each: %s system calls, %.2f us user, signing included (targets 2.05, 1.50)\n",
           ours in calls ? sprintf("%.2f", calls[ours]) : "-", user[ours]
    ten = SUBSEP 10; most = SUBSEP 10000
    if (("akolhook" most) in cpu && ("raw" most) in cpu)
        printf "CPU per delivery from 10 to 10,000 in flight: akolhook %.2f us more, the raw loop %.2f us more (target: no more than it)\n",
               cpu["akolhook" most] - cpu["akolhook" ten], cpu["raw" most] - cpu["raw" ten]
    printf "akolhook_client_size for 10,000: %d bytes each, all counted (target: 3072 with the default cap of 1024)\n", bytes / 10000
}
