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
        let rows = run.rows.map { row in
            switch row {
            case .change(let change): Self.row(change)
            case .schedule(let event): Self.row(event)
            }
        }
        guard !rows.isEmpty else { return title }
        let head = ["Time, UTC", "Regime", "Price", "Volatility", "Baseline", "Trades/min", "Why, and quotas"]
        let heads = head.enumerated().map { (2...5).contains($0) ? "<th class=\"n\">\($1)</th>" : "<th>\($1)</th>" }
        return title + "<table>\n<tr>\(heads.joined())</tr>\n" + rows.joined() + "</table>\n"
    }

    private static func row(_ change: BacktestReport.Change) -> String {
        let colour = Regime(rawValue: change.to).map(Palette.band) ?? Palette.grid
        let numbers = [
            change.price.map(priceText), change.volatility.map { fixed($0, 0) + " %" },
            change.baseline.map { fixed($0, 0) + " %" }, change.messageRate.map { grouped($0, 0) },
        ]
        return
            "<tr><td class=\"n\">\(time(change.time))</td><td><span class=\"r\" style=\"background:\(colour)\">\(change.to)</span></td>"
            + numbers.map { "<td class=\"n\">\($0 ?? "")</td>" }.joined()
            + "<td>\(Drawing.escaped(change.reason))\(small(change.texts(rate)))</td></tr>\n"
    }

    private static func row(_ event: BacktestReport.ScheduleEvent) -> String {
        "<tr><td class=\"n\">\(time(event.time))</td><td colspan=\"5\"></td><td>\(Drawing.escaped(event.title))"
            + small(event.quotas.map { $0.text(rate) }) + "</td></tr>\n"
    }

    private static func time(_ iso: String) -> String { iso.replacing("T", with: " ").replacing("Z", with: "") }

    private static func small(_ quotas: [String]) -> String {
        (quotas.prefix(12) + (quotas.count > 12 ? ["and \(quotas.count - 12) more"] : [])).map {
            "<br/><small>\(Drawing.escaped($0))</small>"
        }.joined()
    }

    private static func rate(_ rate: UInt64) -> String { "\(fixed(Double(rate) / 1e6, 1)) Mbit/s" }
}
