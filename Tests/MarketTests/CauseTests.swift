import Testing

@testable import Market
@testable import Policy

@Suite("The reason for a regime")
struct CauseTests {
    @Test("has as many decimals as tell apart what is compared")
    func decimals() {
        #expect(Cause.quiet(volatility: 109.8, below: 110.2).text == "volatility 109.8% is below 110.2%")
        #expect(Cause.quiet(volatility: 109.96, below: 110).text == "volatility 109.96% is below 110%")
        #expect(Cause.quiet(volatility: 92, below: 119.4).text == "volatility 92% is below 119%")
        #expect(Cause.quiet(volatility: 12.3, below: nil).text == "volatility 12%")
        #expect(
            Cause.left(.storm, volatility: 128.6, below: 129.4).text
                == "no longer storm: volatility 128.6% is below 129.4%")
        #expect(Cause.volatility(400, atLeast: 400).text == "volatility 400% is 400% or more")
        #expect(Cause.volatility(.infinity, atLeast: 400).text == "volatility 1000000000000000% is 400% or more")
        #expect(Cause.volatility(.nan, atLeast: 400).text == "volatility ?% is 400% or more")
        #expect(Hold.volatility(83.6, notBelow: 84.4).text == "volatility 83.6% is not below 84.4%")
        #expect(Hold.rate(3.52, notBelow: 3.5).text == "message rate 3.52x its median is not below 3.5x")
        #expect(
            Cause.rate(multiple: 10, atLeast: 10, volatility: 80.2, andAtLeast: 80).text
                == "message rate 10x its median is 10x or more, at volatility 80.2% of 80% or more")
    }

    @Test("says where a level comes from the baseline")
    func overBaseline() {
        #expect(
            Cause.volatility(188, atLeast: 151.25, over: .init(factor: 2.5, baseline: 60.5)).text
                == "volatility 188% is 151% or more (2.5 x baseline 60.5%)")
    }
}
