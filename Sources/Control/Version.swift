/// Of the program, by semantic versioning; kernel state is versioned by `SHAPER_ABI`.
package let shaperVersion = "0.1.0"
