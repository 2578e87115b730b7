/// The node's port numbers, cut wherever some rule's range begins or ends. The runs between two cuts are the
/// equivalence classes: no rule tells two ports of a run apart.
///
/// Numbered from 1 in order of the ports, so that a range of ports is a range of classes; 0 is "no ports".
struct PortClasses {
    /// The class of each port number.
    let of: [UInt16]
    /// Classes, 0 included.
    let count: Int

    init(_ ranges: some Sequence<ClosedRange<UInt16>>) throws(PlanError) {
        var begins = [Bool](repeating: false, count: 65536)
        begins[0] = true
        for range in ranges {
            begins[Int(range.lowerBound)] = true
            if range.upperBound < .max { begins[Int(range.upperBound) + 1] = true }
        }
        let runs = begins.count { $0 }
        guard runs <= Limits.portClasses else { throw .portClasses(count: runs) }

        var current: UInt16 = 0
        of = begins.map { begin in
            if begin { current += 1 }
            return current
        }
        count = runs + 1
    }

    func classes(of range: ClosedRange<UInt16>) -> Range<Int> {
        Int(of[Int(range.lowerBound)])..<Int(of[Int(range.upperBound)]) + 1
    }
}
