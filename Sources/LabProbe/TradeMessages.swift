/// Binance's messages of a price that walks at random: the same from the same seed. In one minute of ten it walks ten
/// times as far.
struct TradeMessages {
    static let symbol = "BTCUSDT"

    /// The last ones made, in order.
    private(set) var block: [[UInt8]]
    private let rate: Int
    private var made = 0
    private var random: SplitMix64
    /// Cents.
    private var price = 3_600_000

    private static let template =
        #"{"e":"aggTrade","E":0000000000000,"s":"\#(symbol)","a":3105840211,"p":"00000.00","q":"0.015","f":7900000001,"l":7900000003,"T":0000000000000,"m":true}"#
    private static let begin = 1_700_000_000_000

    /// - Parameter rate: Messages a second of their own time.
    init(rate: Int, seed: UInt64) {
        self.rate = rate
        random = SplitMix64(state: seed)
        block = [[UInt8]](repeating: Array(Self.template.utf8), count: 4096)
    }

    /// Makes the next ones.
    mutating func advance() {
        for index in block.indices {
            let (time, price) = next()
            Self.write(time, 13, at: Self.sent, in: &block[index])
            Self.write(time, 13, at: Self.traded, in: &block[index])
            Self.write(price / 100, 5, at: Self.priced, in: &block[index])
            Self.write(price % 100, 2, at: Self.priced + 6, in: &block[index])
        }
    }

    /// What the next one says: ms since 1970, and cents.
    mutating func next() -> (time: Int, price: Int) {
        let time = Self.begin + made * 1000 / rate
        let isWild = (time - Self.begin) / 60_000 % 10 == 9
        price += Int(random.next() % 5) * (isWild ? 10 : 1) - (isWild ? 20 : 2)
        price = min(max(price, 1_000_000), 9_999_999)
        made += 1
        return (time, price)
    }

    private static func write(_ number: Int, _ digits: Int, at place: Int, in line: inout [UInt8]) {
        var rest = number
        for digit in (place..<place + digits).reversed() {
            line[digit] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private static let sent = place(behind: #""E":"#)
    private static let traded = place(behind: #""T":"#)
    private static let priced = place(behind: #""p":""#)

    private static func place(behind text: String) -> Int {
        let end = template.firstRange(of: text)?.upperBound ?? template.startIndex
        return template.utf8.distance(from: template.startIndex, to: end)
    }
}

struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
