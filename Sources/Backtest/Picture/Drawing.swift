/// SVG, written by hand: elements in the order they are painted. Coordinates have one decimal.
struct Drawing {
    private(set) var text = ""

    struct Point {
        var x: Double
        var y: Double
    }

    enum Anchor: String { case start, middle, end }

    /// What makes a text or a name harmless in XML: characters that XML has not are left out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// About as wide as a text is: whose letters these will be is not known.
    static func width(_ text: String, size: Double) -> Double { Double(text.count) * size * 0.64 }

    static func number(_ value: Double) -> String {
        let text = fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func add(_ name: String, _ attributes: String) { text += "<\(name) \(attributes)/>\n" }

    mutating func open(group label: String) { text += "<g id=\"\(Self.escaped(label))\">\n" }

    mutating func close() { text += "</g>\n" }

    mutating func rectangle(
        _ x: Double, _ y: Double, width: Double, height: Double, fill: String, round: Double = 0,
        className: String? = nil, title: String? = nil
    ) {
        let (x, y, width, height) = (Self.number(x), Self.number(y), Self.number(width), Self.number(height))
        var attributes = "x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" fill=\"\(fill)\""
        if round > 0 { attributes += " rx=\"\(Self.number(round))\"" }
        if let className { attributes += " class=\"\(className)\"" }
        guard let title else { return add("rect", attributes) }
        text += "<rect \(attributes)><title>\(Self.escaped(title))</title></rect>\n"
    }

    mutating func line(
        _ from: Point, _ to: Point, stroke: String, width: Double = 1, dash: String? = nil
    ) {
        add(
            "line",
            "x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" x2=\"\(Self.number(to.x))\" "
                + "y2=\"\(Self.number(to.y))\" stroke=\"\(stroke)\" stroke-width=\"\(Self.number(width))\""
                + (dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""))
    }

    /// Lines through points; pieces of one point are dots.
    mutating func lines(
        _ pieces: [[Point]], stroke: String, width: Double = 1.5, dash: String? = nil
    ) {
        let path = pieces.map(Self.path).joined()
        guard !path.isEmpty else { return }
        add(
            "path",
            "d=\"\(path)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(Self.number(width))\" "
                + "stroke-linejoin=\"round\" stroke-linecap=\"round\""
                + (dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""))
    }

    mutating func area(_ outline: [Point], fill: String, opacity: Double) {
        guard outline.count > 2 else { return }
        add("path", "d=\"\(Self.path(outline))Z\" fill=\"\(fill)\" fill-opacity=\"\(fixed(opacity, 2))\"")
    }

    private static func path(_ points: [Point]) -> String {
        guard let first = points.first else { return "" }
        var path = "M\(number(first.x)) \(number(first.y))"
        for point in points.dropFirst() { path += "L\(number(point.x)) \(number(point.y))" }
        return points.count == 1 ? path + "h0" : path
    }

    mutating func dot(_ center: Point, fill: String) {
        add(
            "circle",
            "cx=\"\(Self.number(center.x))\" cy=\"\(Self.number(center.y))\" r=\"3.5\" fill=\"\(fill)\" "
                + "stroke=\"#ffffff\" stroke-width=\"1.5\"")
    }

    mutating func write(
        _ words: String, at point: Point, size: Double = 12, fill: String = Palette.ink, anchor: Anchor = .start,
        isBold: Bool = false
    ) {
        var attributes =
            "x=\"\(Self.number(point.x))\" y=\"\(Self.number(point.y))\" font-size=\"\(Self.number(size))\""
        attributes += " fill=\"\(fill)\""
        if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
        if isBold { attributes += " font-weight=\"600\"" }
        text += "<text \(attributes)>\(Self.escaped(words))</text>\n"
    }

    /// The whole document.
    func document(width: Double, height: Double, title: String) -> String {
        let (width, height) = (Self.number(width), Self.number(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            font-family="Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif" role="img">
            <title>\(Self.escaped(title))</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(text)</svg>

            """
    }
}
