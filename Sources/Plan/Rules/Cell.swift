import CBPF

/// `union shaper_cell`: 64 bytes that are a vector, a branch or a test.
package typealias Cell = SIMD8<UInt64>

/// `enum shaper_reference`: where a walk goes on, or the vector where it ends.
package typealias Reference = UInt32

extension Cell {
    /// Sixteen ways on, by a nibble of the key.
    static func branch(_ ways: [Reference]) -> Cell {
        var cell = Cell()
        for (way, reference) in ways.enumerated() { cell[way / 2] |= UInt64(reference) << UInt64(way % 2 * 32) }
        return cell
    }

    /// Two ways on, by whether the bits in `mask` are those of `value`.
    static func test(value: UInt128, mask: UInt128, hit: Reference, miss: Reference) -> Cell {
        var cell = Cell()
        (cell[0], cell[1]) = (UInt64(value >> 64), UInt64(truncatingIfNeeded: value))
        (cell[2], cell[3]) = (UInt64(mask >> 64), UInt64(truncatingIfNeeded: mask))
        cell[4] = UInt64(hit) | UInt64(miss) << 32
        return cell
    }
}

/// The cells of a generation, each there once.
struct CellTable {
    /// Cell 0 is nobody's: a root of 0 means that there is none.
    private(set) var cells = [Cell()]
    private var places: [Cell: Reference] = [:]

    /// - Returns: nil: the table is full.
    mutating func place(_ cell: Cell) -> Reference? {
        if let place = places[cell] { return place }
        guard cells.count < Limits.cells else { return nil }
        let place = Reference(cells.count)
        cells.append(cell)
        places[cell] = place
        return place
    }
}
