/// Wang Yi's generator: a multiplication a number, for there are millions of frames to make up.
struct WyRand: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x60BE_E2BE_E120_FC15
        let first = state.multipliedFullWidth(by: 0xA3B1_9535_4A39_B70D)
        let second = (first.high ^ first.low).multipliedFullWidth(by: 0x1B03_7387_12FA_D5C9)
        return second.high ^ second.low
    }

    /// As good as even, for numbers this small.
    mutating func below(_ bound: Int) -> Int { Int(((next() >> 32) &* UInt64(bound)) >> 32) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
