import Glibc
import Market
import Policy
import Testing

@Suite("A feed's ticks")
struct FeedWatchTests {
    private var watch = MarketWatch(.oneMarket)
    private var now = start

    private mutating func say(_ price: Double, kind: Tick.Kind = .trade) {
        watch.take(Tick(time: now, price: price, volume: 1, kind: kind), feed: 0, receivedAt: now)
    }

    /// A tick each second that goes up and down by one in 10,000.
    private mutating func calm(seconds: Int) {
        for index in 0..<seconds {
            now += second
            say(30_000 + Double(index % 2) * 3)
            _ = watch.look(at: now)
        }
    }

    @Test("A rolling bar of ticks gives at full minutes what minute bars give")
    mutating func rolling() throws {
        var bars = FeedWatch(.named("a"), .standard)
        var ticks = FeedWatch(.named("a"), .standard)
        var (chance, price) = (Chance(1), 30_000.0)
        var bar = Bar(
            time: now, step: minute, open: price, high: price, low: price, close: price, volume: 0, trades: nil)
        ticks.take(Tick(time: now, price: price, volume: 0, kind: .trade), receivedAt: now)
        for elapsed in 1...3600 {
            now += second
            price *= exp((chance.part() - 0.5) * (elapsed > 1800 ? 0.01 : 0.0001))
            ticks.take(Tick(time: now, price: price, volume: 0, kind: .trade), receivedAt: now)
            (bar.high, bar.low, bar.close) = (max(bar.high, price), min(bar.low, price), price)
            guard elapsed % 60 == 0 else { continue }
            bars.take(bar)
            let expected = try #require(bars.sight?.volatility)
            #expect(abs(try #require(ticks.sight?.volatility) / expected - 1) < 1e-9)
            bar = Bar(
                time: now, step: minute, open: price, high: price, low: price, close: price, volume: 0, trades: nil)
        }
    }

    @Test("A crash within a second does not wait for the next look")
    mutating func atOnce() {
        calm(seconds: 600)
        now += 1000
        say(30_001)
        #expect(!watch.isLookDue(at: now))
        say(27_000)
        #expect(watch.isLookDue(at: now))
        let decision = watch.look(at: now)
        #expect(decision.regime == .extreme && decision.isNews)
        #expect(!watch.isLookDue(at: now))
    }

    @Test("Fourteen times the messages are elevated within 20 seconds, at the message that makes it so")
    mutating func messages() {
        for index in 0..<(40 * 60 * 10) {
            now += second / 10
            say(30_000 + Double(index % 2) * 3)
            if watch.isLookDue(at: now) { #expect(watch.look(at: now).regime == .calm) }
        }
        let before = now
        while now < before + 20 * second, watch.look(at: now).regime == .calm {
            repeat {
                now += second / 140
                say(30_000)
            } while !watch.isLookDue(at: now)
        }
        let decision = watch.look(at: now)
        #expect(decision.regime == .elevated && now > before + 10 * second && now < before + 20 * second)
        #expect(decision.reason == "btc: message rate 5x its median is 5x or more")
        #expect(now % second != before % second)
    }

    @Test(
        "What cannot be a price changes nothing but the alarm",
        arguments: [0, -1, .nan, .infinity, -.infinity, 300_000, 20_000] as [Double])
    mutating func impossible(_ price: Double) {
        calm(seconds: 600)
        let before = watch.look(at: now)
        say(price)
        let decision = watch.look(at: now)
        #expect(decision.regime == .calm && decision.markets[0].volatility == before.markets[0].volatility)
        #expect(decision.markets[0].price == before.markets[0].price)
        guard case .impossible("a", let refused, before.markets[0].price) = decision.markets[0].alarm else {
            Issue.record("\(String(describing: decision.markets[0].alarm))")
            return
        }
        #expect((refused == price || price.isNaN) && decision.markets[0].isHeld)
        #expect(watch.feeds[0].refusals == 1)
        calm(seconds: 16)
        #expect(watch.look(at: now).markets[0].alarm == nil)
    }

    @Test("A level that prices agree on for three periods is the market's, and the way to it counts")
    mutating func confirmed() {
        calm(seconds: 600)
        for step in 0...15 {
            now += second
            say(20_000 + Double(step % 2))
            let decision = watch.look(at: now)
            #expect(decision.regime == (step < 15 ? .calm : .extreme), "\(step)")
        }
        #expect(watch.look(at: now).markets[0].price == 20_001)
    }

    @Test("Implied volatility is shown, decides nothing, and is no sign of life")
    mutating func implied() {
        calm(seconds: 600)
        for _ in 0..<15 {
            now += second
            say(900, kind: .impliedVolatility)
        }
        let reading = watch.look(at: now).markets[0]
        #expect(reading.impliedVolatility == 900 && reading.regime == .calm)
        #expect(reading.alarm == .stale(feed: "a"))
    }

    @Test("Times that repeat, step back, or are far ahead are harmless")
    mutating func clocks() throws {
        calm(seconds: 3600)
        let usual = try #require(watch.look(at: now).markets[0].volatility)
        for stated in [now, now - second, now - 3600 * second, .min, .max, now + 86400 * 365 * second, now - 1] {
            now += 1000
            watch.take(Tick(time: stated, price: 30_003, volume: 0, kind: .trade), feed: 0, receivedAt: now)
            let reading = watch.look(at: now).markets[0]
            #expect(reading.regime == .calm && reading.alarm == nil)
            #expect(try #require(reading.volatility) < usual * 1.1)
        }
        calm(seconds: 3600)
        #expect(abs(try #require(watch.look(at: now).markets[0].volatility) / usual - 1) < 0.01)
    }

    /// A tick each second that goes up and down by 1 %; before each, by a second clock, the price of two minutes ago.
    private mutating func storm(seconds: Int, stale: Int64?) {
        for index in 0..<seconds {
            now += second
            if let stale {
                watch.take(Tick(time: now - stale, price: 30_000, volume: 0, kind: .trade), feed: 0, receivedAt: now)
            }
            say(30_000 + Double(index % 2) * 300)
            _ = watch.look(at: now)
        }
    }

    @Test("A second clock among a feed's times hides no storm, and time goes on")
    mutating func twoClocks() throws {
        calm(seconds: 600)
        var plain = self
        plain.storm(seconds: 600, stale: nil)
        storm(seconds: 600, stale: 120 * second)
        let (alone, reading) = (plain.watch.look(at: now).markets[0], watch.look(at: now).markets[0])
        #expect(abs(try #require(reading.volatility) / #require(alone.volatility) - 1) < 0.05)
        #expect(try #require(reading.messageRate) >= #require(alone.messageRate))
        for _ in 0..<7200 {
            now += second
            watch.take(Tick(time: now - 120 * second, price: 30_000, volume: 0, kind: .trade), feed: 0, receivedAt: now)
            say(30_000)
            _ = watch.look(at: now)
        }
        #expect(try #require(watch.look(at: now).markets[0].volatility) < #require(reading.volatility) / 100)
    }

    @Test("After a silence the way from the price before counts, over the time it took")
    mutating func gap() {
        calm(seconds: 600)
        now += 120 * second
        say(27_000)
        #expect(watch.look(at: now).regime == .extreme)
    }

    @Test("Messages that nobody should send trap nothing")
    mutating func hostile() {
        var chance = Chance(7)
        let times: [Int64] = [.min, .max, 0, -1, 1, start, start + second, start - second]
        let prices = [0, -0.0, .nan, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1, 30_000, -5]
        func time(_ chance: inout Chance) -> Int64 {
            chance.next() % 2 == 0 ? times[Int(chance.next() % UInt64(times.count))] : Int64(bitPattern: chance.next())
        }
        func price(_ chance: inout Chance) -> Double {
            chance.next() % 2 == 0
                ? prices[Int(chance.next() % UInt64(prices.count))] : Double(bitPattern: chance.next())
        }
        for _ in 0..<200_000 {
            switch chance.next() % 4 {
            case 0: _ = watch.look(at: time(&chance))
            case 1:
                let bar = Bar(
                    time: time(&chance), step: time(&chance), open: price(&chance), high: price(&chance),
                    low: price(&chance), close: price(&chance), volume: price(&chance),
                    trades: Int(time(&chance)))
                watch.take(bar, feed: Int(chance.next() % 3) - 1)
                let same = price(&chance)
                watch.take(
                    Bar(
                        time: time(&chance), step: time(&chance), open: same, high: same, low: same, close: same,
                        volume: 0, trades: .max), feed: 0)
            default:
                let tick = Tick(
                    time: time(&chance), price: price(&chance), volume: price(&chance),
                    kind: Tick.Kind.allCases[Int(chance.next() % 4)])
                watch.take(tick, feed: 0, receivedAt: time(&chance))
                _ = watch.isLookDue(at: time(&chance))
            }
        }
        #expect(watch.feeds[0].refusals > 0)
        _ = watch.snapshot
    }
}
