"""From followers, rates, audiences and prices to engaged people, wasted contacts and landed cost.

``forecast.forecast`` puts the steps together; every other file is one step. All of it is
vectorised: loops run over benchmark figures, segments, dimensions and blocks of rows, never
over creators or offers.
"""
