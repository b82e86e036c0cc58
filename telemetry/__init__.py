"""What is measured and how it travels: the contract of gateway and province.

Floor 0: this package imports nothing else of the project, and every other
package may import it.
"""
