import Policy

extension BitRate {
    private static let units: [(name: String, bits: UInt64)] = [
        ("gbit", 1_000_000_000), ("mbit", 1_000_000), ("kbit", 1000), ("bit", 1),
    ]

    /// To two decimals of the largest unit that is not above it: `23.75mbit`, where `description` is exact.
    package var shortText: String {
        let unit = Self.units.first { bitsPerSecond >= $0.bits } ?? ("bit", 1)
        let hundredths = (self + BitRate(bitsPerSecond: unit.bits / 200)).times(100, over: unit.bits).bitsPerSecond
        var text = String(hundredths / 100)
        if hundredths % 100 != 0 {
            text += "." + String(hundredths % 100 / 10)
            if hundredths % 10 != 0 { text += String(hundredths % 10) }
        }
        return text + unit.name
    }
}
