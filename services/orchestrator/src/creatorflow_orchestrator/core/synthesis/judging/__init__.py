"""The verdict on an ask: do the items that point to it cover its object and its facts?"""
