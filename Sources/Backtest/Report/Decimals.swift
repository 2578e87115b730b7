/// `1234.5` with two decimals is `1234.50`: the same on every machine, and in every language.
package func fixed(_ number: Double, _ decimals: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
    let scaled = (abs(number) * scale).rounded()
    guard scaled < 9e18 else { return "\(number)" }
    let digits = String(UInt64(scaled))
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(decimals + 1 - digits.count, 0)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}

/// `7254.88`, `0.0001234`: with at least five digits that matter.
package func priceText(_ price: Double) -> String {
    var decimals = 2
    while decimals < 10, abs(price) * (0..<decimals).reduce(1.0, { product, _ in product * 10 }) < 10000 {
        decimals += 1
    }
    return fixed(price, decimals)
}

/// `45m`, `23h`, `2019d`: whole ones, of which there are at least two.
package func spanText(_ seconds: Double) -> String {
    let units = [(name: "d", seconds: 86400.0), (name: "h", seconds: 3600), (name: "m", seconds: 60)]
    let unit = units.first { seconds >= $0.seconds * 2 } ?? (name: "s", seconds: 1)
    return fixed((seconds / unit.seconds).rounded(.down), 0) + unit.name
}
