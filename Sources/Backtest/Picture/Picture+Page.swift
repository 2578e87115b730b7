import Policy

extension Picture {
    /// The picture, and a table of the changes below it. Nothing is fetched from anywhere.
    package func page(_ report: BacktestReport) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <title>\(Drawing.escaped(title))</title>
        <style>
        body { margin: 0 auto; max-width: 1200px; color: \(Palette.ink); background: #ffffff;
          font: 14px/1.45 Inter, "Helvetica Neue", Helvetica, Arial, sans-serif; }
        svg { max-width: 100%; height: auto; }
        h2 { margin: 24px 96px 8px; font-size: 17px; }
        table { margin: 0 96px 32px; border-collapse: collapse; width: calc(100% - 192px); }
        th, td { padding: 6px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid \(Palette.grid); }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .r { padding: 1px 7px; border-radius: 3px; }
        small { color: \(Palette.quiet); }
        </style>
        </head>
        <body>
        \(svg)\(report.policies.map(Self.table).joined())</body>
        </html>

        """
    }

    private static func table(_ run: BacktestReport.Run) -> String {
        let title = "<h2>\(Drawing.escaped(run.policy)): \(run.changes.count) changes, \(run.storms) storms</h2>\n"
        guard !run.changes.isEmpty else { return title }
        let head = ["Time, UTC", "Regime", "Price", "Volatility", "Baseline", "Trades/min", "Why, and quotas"]
        let heads = head.enumerated().map { (2...5).contains($0) ? "<th class=\"n\">\($1)</th>" : "<th>\($1)</th>" }
        return title + "<table>\n<tr>\(heads.joined())</tr>\n" + run.changes.map(row).joined() + "</table>\n"
    }

    private static func row(_ change: BacktestReport.Change) -> String {
        let time = change.time.replacing("T", with: " ").replacing("Z", with: "")
        let colour = Regime(rawValue: change.to).map(Palette.band) ?? Palette.grid
        let quotas = change.quotas.prefix(12).map { quota in
            "<br/><small>" + Drawing.escaped(text(quota)) + "</small>"
        }
        let rest = change.quotas.count > 12 ? "<br/><small>and \(change.quotas.count - 12) more</small>" : ""
        let numbers = [
            change.price.map(priceText), change.volatility.map { fixed($0, 0) + " %" },
            change.baseline.map { fixed($0, 0) + " %" }, change.messageRate.map { grouped($0, 0) },
        ]
        return
            "<tr><td class=\"n\">\(time)</td><td><span class=\"r\" style=\"background:\(colour)\">\(change.to)</span></td>"
            + numbers.map { "<td class=\"n\">\($0 ?? "")</td>" }.joined()
            + "<td>\(Drawing.escaped(change.reason))\(quotas.joined())\(rest)</td></tr>\n"
    }

    private static func text(_ quota: BacktestReport.Quota) -> String {
        func change(_ name: String, _ before: UInt64?, _ now: UInt64?) -> String {
            guard let before, let now, before != now else { return "" }
            return ", \(name) \(fixed(Double(now) / 1e6, 1)) Mbit/s (calm \(fixed(Double(before) / 1e6, 1)))"
        }
        return "\(quota.slice) \(quota.class)"
            + change("guarantee", quota.calmGuaranteeBitsPerSecond, quota.guaranteeBitsPerSecond)
            + change("ceiling", quota.calmCeilingBitsPerSecond, quota.ceilingBitsPerSecond)
    }
}
